/** What the access log writes of an operation. It is made once for each parsed operation, which is kept and used again. */
import { Kind, type DocumentNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { LIMITS } from '../../platform/process/limits.ts';
import type { NotedOperation } from '../../platform/request/notes.ts';

/** The type, the name and the root fields of an operation, whose document is valid. */
export function notedOperation(document: DocumentNode, operation: OperationDefinitionNode): NotedOperation {
  const known = notedOperations.get(operation);
  if (known !== undefined) return known;
  const noted: NotedOperation = {
    type: operation.operation,
    name: operation.name?.value.slice(0, LIMITS.log.nameLength),
    fields: [...rootFields(document, operation.selectionSet)],
  };
  notedOperations.set(operation, noted);
  return noted;
}

const notedOperations = new WeakMap<OperationDefinitionNode, NotedOperation>();

/** The names of the fields, through fragments, which cannot contain themselves in a valid document. */
function rootFields(document: DocumentNode, { selections }: SelectionSetNode): ReadonlySet<string> {
  const names = selections.flatMap((selection): readonly string[] => {
    if (selection.kind === Kind.FIELD) return [selection.name.value];
    if (selection.kind === Kind.INLINE_FRAGMENT) return [...rootFields(document, selection.selectionSet)];
    const fragment = document.definitions.find(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
    );
    return fragment?.kind === Kind.FRAGMENT_DEFINITION ? [...rootFields(document, fragment.selectionSet)] : [];
  });
  return new Set(names);
}
