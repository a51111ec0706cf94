/** `npm run build`: builds the program and checks its types. */
import { build } from './compile.mjs';

await build({ isChecked: true });
