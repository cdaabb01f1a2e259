/*
 * Makes a function live in the time that each invocation names: so far ahead of the machine, and with schedules that
 * are due around that epoch. Leases, the sweeper's two ages and parked runs take minutes, and a matrix of deaths has no
 * minutes. A process that looks on later is the same code with the same servers, unchanged; aged rows would be rows
 * that no code wrote, and libfaketime is not on every machine. Loaded before anything else, because the functions'
 * clock is what they then find as `Date.now`. The host tells the deadline in its own time: it is shifted along. So are
 * the process's threads: a watchdog whose clock is behind would never find an attempt's time up.
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
