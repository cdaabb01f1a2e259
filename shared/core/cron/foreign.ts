import { DefinitionError } from "../errors.ts";

/** @throws DefinitionError for forms that other schedulers have and ours has not, with what to write instead. */
export const refuseForeign = (text: string): void => {
  if (/^at\(/i.test(text)) {
    const [instant = "2027-01-01T00:00:00"] = /\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?/.exec(text) ?? [];
    throw new DefinitionError(
      "at",
      `expected no brackets but an offset, got "${text}"; write at ${instant}Z`,
    );
  }
  const [, zone, fields] = /^(?:CRON_)?TZ=["']?([\w+/-]+)["']? (.+)$/i.exec(text) ?? [];
  if (zone !== undefined) {
    const beside = `cron("${fields}", "${zone}") in code, "${fields}" --zone ${zone} on the command line`;
    throw new DefinitionError(
      "cron",
      `expected no zone among the fields; name it beside the rule: ${beside}`,
    );
  }
};
