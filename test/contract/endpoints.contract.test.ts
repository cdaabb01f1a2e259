import { contractSuite } from "../../shared/testing/contract.ts";
import { createStageFixture, useServers } from "./stage.ts";

const { AWS_ENDPOINT_URL_SQS: sqsUrl, AWS_ENDPOINT_URL_DYNAMODB: dynamodbUrl } = process.env;

if (!sqsUrl || !dynamodbUrl) {
  throw new Error(
    "expected the servers to try in AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_DYNAMODB, " +
      "for example http://127.0.0.1:4566 and http://127.0.0.1:8000; set both and run again",
  );
}

useServers({ sqsUrl, dynamodbUrl });
contractSuite("at AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_DYNAMODB", createStageFixture);
