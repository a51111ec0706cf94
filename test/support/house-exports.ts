/** House rules that need the syntax tree: names of exports, parameters, doc comments. */
import ts from 'typescript';
import type { SourceFile } from './house.ts';

export const MOST_PARAMETERS = 4;

/** Types and functions that two files export under one name, each as a sentence. A re-export is the same definition. */
export function sharedNames(files: readonly SourceFile[]): readonly string[] {
  const byName = new Map<string, string[]>();
  for (const { file, text } of files)
    for (const name of exportedNames(parse(file, text))) byName.set(name, [...(byName.get(name) ?? []), file]);
  return [...byName]
    .filter(([, where]) => where.length > 1)
    .map(([name, where]) => `${name} is exported by ${where.join(' and ')}.`);
}

/** Functions with too many positional parameters, each as a sentence. */
export function longParameterLists({ file, text }: SourceFile): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && !ts.isTypeNode(node) && node.parameters.length > MOST_PARAMETERS)
      found.push(`${file}: ${node.name?.getText() ?? 'a function'} takes ${node.parameters.length} parameters.`);
    ts.forEachChild(node, visit);
  };
  visit(parse(file, text));
  return found;
}

/** Exported rules, commands and loaders without a doc comment, each as a sentence. */
export function undocumentedExports({ file, text }: SourceFile): readonly string[] {
  if (!/\.(?:rules|commands|loaders)\.ts$/.test(file)) return [];
  return parse(file, text)
    .statements.filter((statement) => isExported(statement) && !ts.isExportDeclaration(statement))
    .filter((statement) => ts.getJSDocCommentsAndTags(statement).length === 0)
    .map((statement) => `${file}: ${namesOf(statement).join(', ')} has no doc comment.`);
}

function parse(file: string, text: string): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
}

function exportedNames(source: ts.SourceFile): readonly string[] {
  return source.statements
    .filter(isExported)
    .flatMap((statement) =>
      ts.isVariableStatement(statement)
        ? statement.declarationList.declarations.filter(isFunction).map(({ name }) => name.getText())
        : namesOf(statement),
    );
}

/**
 * Constants of the schema have the name of the type that they describe; they are values of the graph, not functions.
 */
function isFunction({ initializer }: ts.VariableDeclaration): boolean {
  return initializer !== undefined && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer));
}

function isExported(statement: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

function namesOf(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return isNamed ? [statement.name?.getText() ?? 'default'] : [];
}
