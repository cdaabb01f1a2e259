/** Counters that the main thread and its watchdog share, by their index. */

/** Raised with every notice about an attempt. */
export const noticeIndex = 0;
/** Raised whenever the event loop answers the watchdog. */
export const answersIndex = 1;
