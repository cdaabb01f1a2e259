import type { LedgerEntry } from "../../../shared/core/schedules/ledger-entry.ts";
import type { Ledger } from "../../../shared/ports/index.ts";

/** Replace an entry of the ledger from now on, which no writer of the pipeline can do. */
export const replaceEntry = (ledger: Ledger, old: LedgerEntry, entry: LedgerEntry): void => {
  const { list } = ledger;
  const isOld = ({ at, recordedBy, recordedAt }: LedgerEntry): boolean =>
    at === old.at && recordedBy === old.recordedBy && recordedAt === old.recordedAt;
  Object.assign(ledger, {
    list: async (...query: Parameters<Ledger["list"]>) =>
      (await list(...query)).map((one) => (isOld(one) ? entry : one)),
  });
};
