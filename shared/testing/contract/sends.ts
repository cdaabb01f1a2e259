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

export const sends = (fixture: GetFixture): void => {
  /** Receive from a lane until `count` messages have arrived or two seconds are over. */
  const receive = async (lane: LaneName, count: number): Promise<readonly Received[]> => {
    const received: Received[] = [];
    for (let round = 0; round < 20 && received.length < count; round++) {
      received.push(...(await fixture().receive(lane)));
      if (received.length < count) await fixture().advance(100);
    }
    return received;
  };

  const bodiesOf = (received: readonly Received[]) => received.map(({ body }) => body).sort();

  test("delivers messages to their lanes, more than fit into one request", async () => {
    const { queue } = fixture().ports;
    const normal = many(25, (i) => message(`n${i}`));
    const others = [message("c", { lane: "critical" }), message("l", { lane: "low" })];
    const mixed = [...normal.slice(0, 12), ...others, ...normal.slice(12)];
    expect(await queue.send(mixed)).toEqual(accepted(mixed));
    expect(bodiesOf(await receive("normal", 25))).toEqual(normal.map(({ body }) => body).sort());
    expect(bodiesOf(await receive("critical", 1))).toEqual(["c"]);
    expect(bodiesOf(await receive("low", 1))).toEqual(["l"]);
    expect(await fixture().receive("high")).toEqual([]);
  });

  test("answers nothing to an empty request", async () => {
    expect(await fixture().ports.queue.send([])).toEqual([]);
  });

  test("splits large messages over several requests", async () => {
    const { queue } = fixture().ports;
    const messages = many(6, (i) => message(`${i}${"é".repeat(200_000)}`));
    expect(await queue.send(messages)).toEqual(accepted(messages));
    expect(bodiesOf(await receive("normal", 6))).toEqual(messages.map(({ body }) => body).sort());
  });

  test("answers a message that is too large in its position, and sends the others", async () => {
    const { queue } = fixture().ports;
    const answers = await queue.send([message("a"), message("é".repeat(530_000)), message("b")]);
    expect(answers).toEqual([undefined, expect.any(String), undefined]);
    expect(bodiesOf(await receive("normal", 2))).toEqual(["a", "b"]);
  });

  test("sends the largest input, whatever characters it has", async () => {
    const { queue } = fixture().ports;
    for (const text of ["😀".repeat(87_000), "\uffff".repeat(116_000), "é".repeat(174_000)]) {
      expect(await queue.send([message(JSON.stringify({ text }))])).toEqual([undefined]);
      const [received] = await receive("normal", 1);
      expect(JSON.parse(received?.body ?? "null").text === text).toBe(true);
    }
  });

  test("delivers any JSON with its value", async () => {
    const { queue } = fixture().ports;
    const value = { text: '"\\\n\u0000\u001f\u007f\ud800\ufffe\uffff é 🚂 </a>&amp;' };
    expect(await queue.send([message(JSON.stringify(value))])).toEqual([undefined]);
    const [received] = await receive("normal", 1);
    expect(JSON.parse(received?.body ?? "null")).toEqual(value);
  });

  test.each(["acme", "", "with spaces", "ñandú", "x".repeat(300)])(
    "a tenant may be called %j",
    async (tenant) => {
      const { queue } = fixture().ports;
      expect(await queue.send([message("t", { tenant })])).toEqual([undefined]);
      expect(bodiesOf(await receive("normal", 1))).toEqual(["t"]);
    },
  );

  test("counts a delayed message, and delivers it when its delay is over", async () => {
    const { ports, advance } = fixture();
    await ports.queue.send([message("later", { delaySeconds: 2 })]);
    expect(await ports.queue.depth("normal")).toEqual({ visible: 0, inFlight: 0, delayed: 1, dead: 0 });
    expect(await fixture().receive("normal")).toEqual([]);
    await advance(2_100);
    expect(bodiesOf(await receive("normal", 1))).toEqual(["later"]);
  });

  test("counts a received message as in flight, and delivers it again when its visibility ends", async () => {
    const { ports, advance } = fixture();
    await ports.queue.send([message("hidden"), message("waits", { lane: "high" })]);
    const [first] = await receive("normal", 1);
    expect(await ports.queue.depth("normal")).toEqual({ visible: 0, inFlight: 1, delayed: 0, dead: 0 });
    expect(await ports.queue.depth("high")).toEqual({ visible: 1, inFlight: 0, delayed: 0, dead: 0 });
    await ports.queue.hide("normal", first?.receipt ?? "", 1);
    expect(await fixture().receive("normal")).toEqual([]);
    await advance(1_100);
    expect(bodiesOf(await receive("normal", 1))).toEqual(["hidden"]);
  });
};
