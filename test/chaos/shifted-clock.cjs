/*
 * Shifts a function's clock by the offset of each invocation, and sets the epoch around which its schedules are due.
 * Leases, the sweeper's two ages and parked runs take minutes, which a crash matrix cannot wait for. Alternatives are
 * worse: aged rows would be rows that no code wrote, and libfaketime is not on every machine. Loaded first, because
 * the functions use `Date.now` as they find it. The deadline comes from the host's clock and is shifted too. So are the
 * process's threads: a watchdog with an unshifted clock would never see an attempt's timeout.
 */
const { getEnvironmentData, isMainThread, setEnvironmentData } = require("node:worker_threads");

const key = "shifted clock";
if (isMainThread) setEnvironmentData(key, new SharedArrayBuffer(8));
const shift = new Float64Array(getEnvironmentData(key));
const machineNow = Date.now;
Date.now = () => machineNow() + shift[0];
process.on("message", (message) => {
  const { aheadMs, epoch } = message.event;
  shift[0] = aheadMs;
  message.deadlineAt += aheadMs;
  process.env.CHAOS_EPOCH = epoch;
});
