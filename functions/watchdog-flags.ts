/** Indexes of the counters that the main thread and its watchdog share. */

/** Incremented with every notice about an attempt. */
export const noticeIndex = 0;
/** Incremented whenever the event loop answers the watchdog. */
export const answersIndex = 1;
