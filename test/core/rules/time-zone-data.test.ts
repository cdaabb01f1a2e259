import { expect, test } from "@jest/globals";
import {
  newestKnownRelease,
  outdatedWarning,
  timeZoneDataOf,
} from "../../../shared/core/rules/time-zone-data.ts";

test.each(["2025b", "2026a", "2026c", undefined])(
  "release %s is outdated, and the warning says what to do",
  (release) => {
    const data = timeZoneDataOf(release);
    expect(data.isOutdated).toBe(true);
    expect(outdatedWarning(data)).toContain(
      `${release ?? "of an unknown release"} is older than ${newestKnownRelease}`,
    );
    expect(outdatedWarning(data)).toContain("update Node");
  },
);

test.each([newestKnownRelease, "2026g", "2027a", "2026z"])("release %s is not outdated", (release) => {
  expect(outdatedWarning(timeZoneDataOf(release))).toBeUndefined();
});
