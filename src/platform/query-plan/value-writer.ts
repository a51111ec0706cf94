/** Writers of values, and of objects that consist of values alone. */
import { getNamedType, isObjectType, type GraphQLField, type GraphQLObjectType } from 'graphql';
import { leafWriter, writerOf, type Writer } from './json-writer.ts';
import { planMembers, sourceOf, unsupported, type FieldSelection } from './selection.ts';

/** The writer of a field's values. Throws UnsupportedSelection for objects with references, lists or loaded values. */
export function valueWriter(selection: FieldSelection): Writer {
  const { type } = selection.field;
  const named = getNamedType(type);
  const leaf = leafWriter(named);
  if (leaf !== undefined) return writerOf(type, leaf);
  return writerOf(type, objectWriter(selection, isObjectType(named) ? named : unsupported()));
}

function objectWriter({ context, nodes }: FieldSelection, type: GraphQLObjectType): Writer {
  const members = planMembers(context, type, nodes, (selection): Writer => {
    const source = sourceOf(selection);
    const property = exposedProperty(selection.field);
    const write = valueWriter(selection);
    if (source?.kind === 'derived') {
      const { compute } = source;
      return (object, requestContext) => write(compute(object as never, requestContext), requestContext);
    }
    return source === undefined && property !== undefined
      ? (object, requestContext) => write(Reflect.get(object as object, property), requestContext)
      : unsupported();
  });
  return (object, requestContext) =>
    `{${members.map((member) => member.label + member.write(object, requestContext)).join('')}}`;
}

/** The column or property that the field exposes unchanged; undefined for any other field. */
export function exposedProperty({ extensions }: GraphQLField<unknown, unknown>): string | undefined {
  const exposed: unknown = extensions['pothosExposedField'];
  return typeof exposed === 'string' ? exposed : undefined;
}
