import { expect, test } from "@jest/globals";
import { sqsEvent } from "../../../localstack/embedded/sqs-event.ts";

const arn = "arn:aws:sqs:us-east-1:000000000000:millrace-local-normal";
const attributes = {
  ApproximateReceiveCount: "1",
  SentTimestamp: "1523232000000",
  SenderId: "000000000000",
  ApproximateFirstReceiveTimestamp: "1523232000001",
};

test("sqsEvent converts a message to Lambda's record", () => {
  const message = {
    MessageId: "m1",
    ReceiptHandle: "r1",
    Body: "hello",
    MD5OfBody: "5d41",
    Attributes: attributes,
  };
  expect(sqsEvent([message], arn)).toEqual({
    Records: [
      {
        messageId: "m1",
        receiptHandle: "r1",
        body: "hello",
        attributes,
        messageAttributes: {},
        md5OfBody: "5d41",
        eventSource: "aws:sqs",
        eventSourceARN: arn,
        awsRegion: "us-east-1",
      },
    ],
  });
});

test("sqsEvent converts message attributes, bytes to base64", () => {
  const MessageAttributes = {
    trace: { DataType: "String", StringValue: "abc" },
    blob: { DataType: "Binary", BinaryValue: new Uint8Array([1, 2, 3]) },
  };
  const [record] = sqsEvent(
    [{ Attributes: attributes, MessageAttributes, MD5OfMessageAttributes: "ff" }],
    arn,
  ).Records;
  expect(record?.messageAttributes).toEqual({
    trace: { stringValue: "abc", stringListValues: [], binaryListValues: [], dataType: "String" },
    blob: { binaryValue: "AQID", stringListValues: [], binaryListValues: [], dataType: "Binary" },
  });
  expect(record).toMatchObject({ md5OfMessageAttributes: "ff" });
});
