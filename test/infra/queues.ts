import { expect, test } from "@jest/globals";
import { lanes, laneTimeoutMs } from "../../shared/core/lane.ts";
import { namesOf } from "../../shared/core/names.ts";
import type { Json, StageTemplate } from "./synthesized.ts";

export const describeQueues = ({ stage, isProd, named, all, nameBehind }: StageTemplate): void => {
  const names = namesOf(stage);
  const queues = named("AWS::SQS::Queue", "QueueName");

  test("are exactly a queue and a dead-letter queue per lane", () => {
    const expected = lanes.flatMap(({ name }) => [names.queue(name), names.deadLetterQueue(name)]);
    expect(Object.keys(queues).sort()).toEqual(expected.sort());
  });

  test.each(lanes)("of lane $name hide a message for six times its worker's timeout", ({ name }) => {
    const { VisibilityTimeout } = queues[names.queue(name)];
    expect(VisibilityTimeout).toBeGreaterThanOrEqual((6 * laneTimeoutMs(name)) / 1_000);
  });

  test.each(lanes)(
    "of lane $name move unclaimed messages to the lane's own dead-letter queue",
    ({ name }) => {
      const { deadLetterTargetArn, maxReceiveCount } = queues[names.queue(name)].RedrivePolicy;
      expect(nameBehind(deadLetterTargetArn)).toBe(names.deadLetterQueue(name));
      expect(maxReceiveCount).toBeGreaterThanOrEqual(5);
      const { redrivePermission, sourceQueueArns } = queues[names.deadLetterQueue(name)].RedriveAllowPolicy;
      expect(redrivePermission).toBe("byQueue");
      expect(sourceQueueArns.map(lastPart)).toEqual([names.queue(name)]);
    },
  );

  test("retain messages for 14 days, encrypted", () => {
    for (const { MessageRetentionPeriod, KmsMasterKeyId, SqsManagedSseEnabled } of Object.values(queues)) {
      expect(MessageRetentionPeriod).toBe(14 * 86_400);
      expect(isProd ? KmsMasterKeyId : SqsManagedSseEnabled).toBeTruthy();
    }
  });

  test("refuse requests without TLS", () => {
    const refusing = all("AWS::SQS::QueuePolicy").filter(({ Properties }) =>
      Properties.PolicyDocument.Statement.some(refusesPlainHttp),
    );
    const refused = refusing.flatMap(({ Properties }) => Properties.Queues.map(nameBehind));
    expect(refused.sort()).toEqual(Object.keys(queues).sort());
  });
};

const refusesPlainHttp = ({ Effect, Condition }: Json): boolean =>
  Effect === "Deny" && Condition.Bool["aws:SecureTransport"] === "false";

/** The last part of an ARN joined from literals and references. */
const lastPart = (arn: Json): string => arn["Fn::Join"][1].at(-1).split(":").at(-1);
