import { expect, test } from "@jest/globals";
import type { LaneName } from "../../core/lane.ts";
import type { DeadLetter } from "../../ports/index.ts";
import type { GetFixture } from "./fixture.ts";
import { many } from "./rows.ts";

export const deadLetters = (fixture: GetFixture): void => {
  const readAll = async (
    lane: LaneName,
    count: number,
    hiddenSeconds = 30,
  ): Promise<readonly DeadLetter[]> => {
    const read: DeadLetter[] = [];
    for (let round = 0; round < 5 && read.length < count; round++) {
      read.push(...(await fixture().ports.queue.receiveDeadLetters(lane, hiddenSeconds)));
    }
    return read;
  };

  const deadLetter = (body: string, reason?: string) =>
    ({ lane: "low", body, delaySeconds: 0, reason }) as const;

  test("keeps the body and the reason of a dead letter, whatever the body is", async () => {
    const { queue } = fixture().ports;
    const body = 'not JSON: {"v":1,\t<é>&amp;';
    expect(await queue.sendDeadLetters([deadLetter(body, "expected JSON: é"), deadLetter("native")])).toEqual(
      [undefined, undefined],
    );
    const read = (await readAll("low", 2)).toSorted((a, b) => (a.body < b.body ? -1 : 1));
    expect(read).toMatchObject([{ body: "native" }, { body, reason: "expected JSON: é" }]);
    expect(read.map(({ reason }) => reason)).toEqual([undefined, "expected JSON: é"]);
    expect(new Set(read.map(({ messageId }) => messageId)).size).toBe(2);
  });

  test("keeps the attributes of the message beside the reason", async () => {
    const { queue } = fixture().ports;
    const attributes = {
      traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      sender: "é 😀",
    };
    await queue.sendDeadLetters([
      { ...deadLetter("a", "broken"), attributes },
      { ...deadLetter("b"), attributes },
    ]);
    const read = (await readAll("low", 2)).toSorted((a, b) => (a.body < b.body ? -1 : 1));
    expect(read).toMatchObject([
      { body: "a", reason: "broken", attributes },
      { body: "b", attributes },
    ]);
  });

  test("answers when the queue received a dead letter", async () => {
    const { queue, clock } = fixture().ports;
    const before = clock.now();
    await queue.sendDeadLetters([deadLetter("timed", "broken")]);
    const [read] = await readAll("low", 1);
    // A second of tolerance, since the server has another clock.
    expect(read?.sentAt).toBeGreaterThanOrEqual(before - 1_000);
    expect(read?.sentAt).toBeLessThanOrEqual(clock.now() + 1_000);
  });

  test("sends a dead letter whatever characters its reason has", async () => {
    const { queue } = fixture().ports;
    const reasons = [
      "control \u0000 \u001b",
      "half a pair \ud83d",
      "noncharacter \uffff",
      "whole pair 😀",
      "",
    ];
    const sent = await queue.sendDeadLetters(reasons.map((reason, i) => deadLetter(`l${i}`, reason)));
    expect(sent).toEqual(reasons.map(() => undefined));
    const read = (await readAll("low", reasons.length)).toSorted((a, b) => (a.body < b.body ? -1 : 1));
    expect(read.map(({ reason = "none" }) => reason.slice(0, 7))).toEqual([
      "control",
      "half a ",
      "nonchar",
      "whole p",
      expect.any(String),
    ]);
    expect(read[3]?.reason).toBe("whole pair 😀");
  });

  test("keeps the dead letters of each lane apart from its messages and other lanes", async () => {
    const { queue } = fixture().ports;
    await queue.sendDeadLetters(many(12, (i) => deadLetter(`l${i}`, "broken")));
    expect(await queue.depth("low")).toEqual({ visible: 0, inFlight: 0, delayed: 0, dead: 12 });
    expect(await fixture().receive("low")).toEqual([]);
    expect(await queue.receiveDeadLetters("normal", 30)).toEqual([]);
    const bodies = (await readAll("low", 12)).map(({ body }) => body);
    expect(bodies.sort()).toEqual(many(12, (i) => `l${i}`).toSorted());
  });

  test("hides a dead letter that was received, still counts it, and delivers it again", async () => {
    const { ports, advance } = fixture();
    await ports.queue.sendDeadLetters([deadLetter("again", "broken")]);
    expect(await readAll("low", 1, 1)).toHaveLength(1);
    expect((await ports.queue.depth("low")).dead).toBe(1);
    await advance(1_100);
    expect(await readAll("low", 1, 30)).toMatchObject([{ body: "again", reason: "broken" }]);
    expect(await ports.queue.receiveDeadLetters("low", 30)).toEqual([]);
  });

  test("deletes a dead letter and no other", async () => {
    const { queue } = fixture().ports;
    await queue.sendDeadLetters([deadLetter("gone", "broken"), deadLetter("kept", "broken")]);
    const read = await readAll("low", 2, 1);
    const gone = read.find(({ body }) => body === "gone");
    if (gone) await queue.deleteDeadLetter("low", gone);
    await fixture().advance(1_100);
    expect(await readAll("low", 1)).toMatchObject([{ body: "kept" }]);
    expect((await queue.depth("low")).dead).toBe(1);
  });
};
