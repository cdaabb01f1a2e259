/**
 * The newest release of the IANA time-zone database that this build knows of (https://www.iana.org/time-zones). Raise it
 * when a release changes clocks, so that pipelines on older data say so.
 */
export const newestKnownRelease = "2026f";

/** The time-zone data that rules are computed with: every zone's clock changes come from it. */
export interface TimeZoneData {
  /** The release in use, such as `2026c`; undefined when the runtime does not say. */
  readonly release: string | undefined;
  readonly newestKnown: string;
  /** Whether changes that governments announced since may be missing. */
  readonly isOutdated: boolean;
}

/** @param release `process.versions.tz` of the runtime */
export const timeZoneDataOf = (release: string | undefined): TimeZoneData => ({
  release,
  newestKnown: newestKnownRelease,
  // A year and a letter, in the order of the alphabet.
  isOutdated: release === undefined || release < newestKnownRelease,
});

/** What to do about outdated data, in one sentence; undefined when it is not outdated. */
export const outdatedWarning = ({ release, newestKnown, isOutdated }: TimeZoneData): string | undefined =>
  isOutdated
    ? `time-zone data ${release ?? "of an unknown release"} is older than ${newestKnown}: clock changes announced since are missing; update Node (docs/schedules.md, "Time-zone data")`
    : undefined;
