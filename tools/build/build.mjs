/** `npm run build`: builds the program and checks its types; with `--no-check`, only builds it. */
import { build } from './compile.mjs';

await build({ isChecked: !process.argv.includes('--no-check') });
