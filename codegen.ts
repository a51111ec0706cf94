/** `npm run codegen`: prints src/schema.graphql, the committed contract, and types the operations of the example client. */
import type { CodegenConfig } from '@graphql-codegen/cli';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { schema } from './src/app/schema.ts';

const config: CodegenConfig = {
  schema: printSchema(lexicographicSortSchema(schema)),
  generates: {
    'src/schema.graphql': { plugins: ['schema-ast'], config: { includeDirectives: true, sort: true } },
  },
};

export default config;
