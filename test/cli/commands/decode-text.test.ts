import { describe, expect, test } from "@jest/globals";
import { decodeText } from "../../../cli/commands/decode-text.ts";

const text = '{"name":"Zoë 🌾"}';
const utf8 = Buffer.from(text, "utf8");
const utf16le = Buffer.from(text, "utf16le");
const utf16be = Buffer.from(utf16le).swap16();
const withMark = (mark: readonly number[], bytes: Buffer) => Buffer.concat([Buffer.from(mark), bytes]);

describe("decodeText", () => {
  test.each([
    ["UTF-8", utf8],
    ["UTF-8 with a byte order mark", withMark([0xef, 0xbb, 0xbf], utf8)],
    ["UTF-16 as PowerShell's > writes it", withMark([0xff, 0xfe], utf16le)],
    ["UTF-16, big endian", withMark([0xfe, 0xff], utf16be)],
    ["UTF-16 without a byte order mark", utf16le],
    ["UTF-16, big endian, without a byte order mark", utf16be],
    ["bytes in the middle of a larger buffer", Buffer.concat([Buffer.from("xx"), utf8]).subarray(2)],
  ])("decodes %s", (_, bytes) => {
    expect(decodeText(bytes)).toBe(text);
  });

  test("decodes an empty input to an empty text", () => {
    expect(decodeText(new Uint8Array())).toBe("");
  });

  test.each([
    ["Latin-1", Buffer.from('{"name":"Zoë"}', "latin1"), /^expected text in UTF-8 or UTF-16, got .*byte/],
    [
      "half a UTF-16 character",
      withMark([0xff, 0xfe], Buffer.from([0x7b])),
      /got bytes that are not utf-16le/,
    ],
  ])("refuses %s", (_, bytes, problem) => {
    expect(() => decodeText(bytes)).toThrow(problem);
  });
});
