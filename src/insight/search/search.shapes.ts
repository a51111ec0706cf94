import { z } from 'zod';
import { searchText } from '../../production/process-data/result/search.shapes.ts';

/** The arguments of `searchProcessData` that are its own. */
export const AskSearch = z.strictObject({ text: searchText });
