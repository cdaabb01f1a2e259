import type { LedgerEntry } from "../../../shared/core/schedules/ledger-entry.ts";
import type { Schedules } from "../../../shared/ports.ts";

/** From now on the ledger has another entry in the place of one: no writer of the pipeline can do that. */
export const replaceEntry = (schedules: Schedules, old: LedgerEntry, entry: LedgerEntry): void => {
  const { ledger } = schedules;
  const isOld = ({ at, by, toldAt }: LedgerEntry): boolean =>
    at === old.at && by === old.by && toldAt === old.toldAt;
  Object.assign(schedules, {
    ledger: async (...query: Parameters<Schedules["ledger"]>) =>
      (await ledger(...query)).map((one) => (isOld(one) ? entry : one)),
  });
};
