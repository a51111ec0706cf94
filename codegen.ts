/**
 * `npm run codegen`: prints src/schema.graphql, the committed contract, and types the operations of the example client.
 */
import type { CodegenConfig } from '@graphql-codegen/cli';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { schema } from './src/app/schema.ts';

const config: CodegenConfig = {
  schema: printSchema(lexicographicSortSchema(schema)),
  ignoreNoDocuments: true,
  generates: {
    'src/schema.graphql': { plugins: ['schema-ast'], config: { includeDirectives: true, sort: true } },
    'examples/generated/': {
      documents: 'examples/*.ts',
      preset: 'client',
      presetConfig: { fragmentMasking: false },
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

export default config;
