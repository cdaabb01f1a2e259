/*
 * Makes a function live in the time that each invocation names: so far ahead of the machine, and with schedules that
 * are due around that epoch. Leases, the sweeper's two ages and parked runs take minutes, and a matrix of deaths has no
 * minutes. A process that looks on later is the same code with the same servers, unchanged; aged rows would be rows
 * that no code wrote, and libfaketime is not on every machine. Loaded before anything else, because the functions'
 * clock is what they then find as `Date.now`. The host tells the deadline in its own time: it is shifted along.
 */
const machineNow = Date.now;
let aheadMs = 0;
Date.now = () => machineNow() + aheadMs;
process.on("message", (message) => {
  aheadMs = message.event.aheadMs;
  message.deadlineAt += aheadMs;
  process.env.CHAOS_EPOCH = message.event.epoch;
});
