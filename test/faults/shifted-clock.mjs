/**
 * Loaded into the server first. Each SIGUSR2 sets its clock to the next shift, the first one after the last one, and
 * prints that to standard error.
 */
/** 23 hours. */
const JUMP = 82_800_000;
const SHIFTS = [JUMP, -JUMP, 0];

const RealDate = Date;
let shift = 0;
let jumps = 0;

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [RealDate.now() + shift] : parts));
  }
  static now() {
    return RealDate.now() + shift;
  }
};

process.on('SIGUSR2', () => {
  shift = SHIFTS[jumps % SHIFTS.length];
  jumps += 1;
  process.stderr.write(`The clock is shifted by ${shift} ms.\n`);
});
