/** Types the operations of the pages, which stand in `documents/`, by the committed schema. */
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..');

export default {
  schema: path.join(ROOT, 'src/schema.graphql'),
  documents: path.join(ROOT, 'documents/*.graphql'),
  silent: true,
  generates: {
    [`${path.join(ROOT, 'web/generated')}/`]: {
      preset: 'client',
      presetConfig: {
        fragmentMasking: false,
        // The trusted documents of a server that executes nothing else.
        persistedDocuments: { mode: 'embedHashInDocument', hashAlgorithm: 'sha256' },
      },
      config: {
        documentMode: 'string',
        importExtension: '.ts',
        useTypeImports: true,
        enumsAsTypes: true,
        scalars: { DateTime: 'string', Date: 'string', Decimal: 'string', JSONObject: 'Record<string, unknown>' },
      },
    },
  },
};
