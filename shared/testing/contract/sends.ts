import { expect, test } from "@jest/globals";
import type { LaneName } from "../../core/lane.ts";
import type { OutgoingMessage } from "../../ports/index.ts";
import type { GetFixture, Received } from "./fixture.ts";
import { many } from "./rows.ts";

const message = (body: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  lane: "normal",
  body,
  delaySeconds: 0,
  ...more,
});

const accepted = (messages: readonly unknown[]): readonly undefined[] => messages.map(() => undefined);

export const sends = (outside: GetFixture): void => {
  /** Everything that is visible on a lane, once so many have come or two seconds are over. */
  const receive = async (lane: LaneName, count: number): Promise<readonly Received[]> => {
    const received: Received[] = [];
    for (let round = 0; round < 20 && received.length < count; round++) {
      received.push(...(await outside().receive(lane)));
      if (received.length < count) await outside().advance(100);
    }
    return received;
  };

  const bodiesOf = (received: readonly Received[]) => received.map(({ body }) => body).sort();

  test("messages come to their lanes, more than one request takes", async () => {
    const { queue } = outside().ports;
    const normal = many(25, (i) => message(`n${i}`));
    const others = [message("c", { lane: "critical" }), message("l", { lane: "low" })];
    const mixed = [...normal.slice(0, 12), ...others, ...normal.slice(12)];
    expect(await queue.send(mixed)).toEqual(accepted(mixed));
    expect(bodiesOf(await receive("normal", 25))).toEqual(normal.map(({ body }) => body).sort());
    expect(bodiesOf(await receive("critical", 1))).toEqual(["c"]);
    expect(bodiesOf(await receive("low", 1))).toEqual(["l"]);
    expect(await outside().receive("high")).toEqual([]);
  });

  test("nothing sent is nothing answered", async () => {
    expect(await outside().ports.queue.send([])).toEqual([]);
  });

  test("large messages are not put together into requests that are too large", async () => {
    const { queue } = outside().ports;
    const messages = many(6, (i) => message(`${i}${"é".repeat(200_000)}`));
    expect(await queue.send(messages)).toEqual(accepted(messages));
    expect(bodiesOf(await receive("normal", 6))).toEqual(messages.map(({ body }) => body).sort());
  });

  test("a message that no queue takes is answered in its place, and the others go", async () => {
    const { queue } = outside().ports;
    const answers = await queue.send([message("a"), message("é".repeat(530_000)), message("b")]);
    expect(answers).toEqual([undefined, expect.any(String), undefined]);
    expect(bodiesOf(await receive("normal", 2))).toEqual(["a", "b"]);
  });

  test("the largest input is sent at once, whatever characters it has", async () => {
    const { queue } = outside().ports;
    for (const text of ["😀".repeat(87_000), "\uffff".repeat(116_000), "é".repeat(174_000)]) {
      expect(await queue.send([message(JSON.stringify({ text }))])).toEqual([undefined]);
      const [received] = await receive("normal", 1);
      expect(JSON.parse(received?.body ?? "null").text === text).toBe(true);
    }
  });

  test("any JSON arrives with its value", async () => {
    const { queue } = outside().ports;
    const value = { text: '"\\\n\u0000\u001f\u007f\ud800\ufffe\uffff é 🚂 </a>&amp;' };
    expect(await queue.send([message(JSON.stringify(value))])).toEqual([undefined]);
    const [received] = await receive("normal", 1);
    expect(JSON.parse(received?.body ?? "null")).toEqual(value);
  });

  test.each(["acme", "", "with spaces", "ñandú", "x".repeat(300)])(
    "a tenant may be called %j",
    async (tenant) => {
      const { queue } = outside().ports;
      expect(await queue.send([message("t", { tenant })])).toEqual([undefined]);
      expect(bodiesOf(await receive("normal", 1))).toEqual(["t"]);
    },
  );

  test("a delayed message is counted, and comes when its delay is over", async () => {
    const { ports, advance } = outside();
    await ports.queue.send([message("later", { delaySeconds: 2 })]);
    expect(await ports.queue.depth("normal")).toEqual({ visible: 0, inFlight: 0, delayed: 1, dead: 0 });
    expect(await outside().receive("normal")).toEqual([]);
    await advance(2_100);
    expect(bodiesOf(await receive("normal", 1))).toEqual(["later"]);
  });

  test("a received message is in flight, and comes again when it was hidden long enough", async () => {
    const { ports, advance } = outside();
    await ports.queue.send([message("hidden"), message("waits", { lane: "high" })]);
    const [first] = await receive("normal", 1);
    expect(await ports.queue.depth("normal")).toEqual({ visible: 0, inFlight: 1, delayed: 0, dead: 0 });
    expect(await ports.queue.depth("high")).toEqual({ visible: 1, inFlight: 0, delayed: 0, dead: 0 });
    await ports.queue.hide("normal", first?.receipt ?? "", 1);
    expect(await outside().receive("normal")).toEqual([]);
    await advance(1_100);
    expect(bodiesOf(await receive("normal", 1))).toEqual(["hidden"]);
  });
};
