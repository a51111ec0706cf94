/** Loaded into the server before all else: each SIGUSR2 sets its clock to the next of these shifts, which is told on standard error. */
const DAY = 86_400_000;
const SHIFTS = [DAY, -DAY, 0];

const RealDate = Date;
let shift = 0;

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [RealDate.now() + shift] : parts));
  }
  static now() {
    return RealDate.now() + shift;
  }
};

process.on('SIGUSR2', () => {
  shift = SHIFTS.shift() ?? 0;
  process.stderr.write(`The clock is shifted by ${shift} ms.\n`);
});
