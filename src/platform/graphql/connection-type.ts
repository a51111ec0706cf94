/** Connections, filters and orders as GraphQL types. */
import type { FieldMap, InputObjectRef, InterfaceRef, ObjectFieldBuilder, ObjectRef } from '@pothos/core';
import { AppError } from '../values/assert.ts';
import type { Access, Viewer } from '../rules/access.ts';
import { builder, type SchemaTypes } from './builder.ts';
import { declareTypes, filterType } from './filter-type.ts';
import type { Connection, ConnectionPage } from '../read/connection.ts';
import { listSource } from '../read/field.ts';
import { needs } from '../read/field-extensions.ts';
import { takeSavedFilters, type SavedFilterSource } from '../read/saved-filters.ts';
import type { Condition } from '../read/filter-condition.ts';
import { type Listing, ORDER_KEYS, PAGE_DEFAULT, PAGE_LIMIT, type PageArguments } from '../read/keyset.ts';
import { allOf, type Sql } from '../postgres/sql.ts';
import type { ModelName, Row } from '../postgres/table.ts';

/** The enumeration of directions. */
export const OrderDirection = builder.enumType('OrderDirection', {
  description: 'The direction of an order. Records without a value come last in both.',
  values: { ASC: { description: 'Ascending.' }, DESC: { description: 'Descending.' } } as const,
});

/** The declaration of the GraphQL types of a page. */
interface PageDeclaration<Model extends ModelName, Summary> {
  readonly node: ObjectRef<SchemaTypes, Row<Model>>;
  /** The entity's GraphQL name: `Lot` declares LotConnection, LotFilter, LotOrder. */
  readonly name: string;
  /** The records of the list, in the plural: "lots". */
  readonly what: string;
  /** Additional fields of the connection. */
  readonly fields?: ((t: ObjectFieldBuilder<SchemaTypes, ConnectionPage<Row<Model>, Summary>>) => FieldMap) | undefined;
}

/** The declaration of a connection's GraphQL types. */
interface Declaration<Model extends ModelName, Summary> extends PageDeclaration<Model, Summary> {
  readonly connection: Connection<Model, Summary>;
}

/**
 * What distinguishes a parent's list: an access of its own, a condition, a default order. The condition contains no
 * values; it is the same for all parents.
 */
export interface ParentListOptions {
  readonly description: string;
  readonly access?: Access;
  readonly where?: Sql;
  /** A condition on the row `t` that depends on the viewer: the list has only the rows for which it holds. */
  readonly onlyFor?: (viewer: Viewer | null) => Sql;
  readonly defaultOrder?: Listing['defaultOrder'];
}

/** The GraphQL types of a connection, which declares the fields that return it. */
export interface ConnectionType<Model extends ModelName> {
  /** The input type of the filter, for other fields that take it. */
  readonly filter: InputObjectRef<SchemaTypes, object>;
  /**
   * Declares a root field: `lots(first, …)`. With a condition on the row `t` that depends on the viewer, the list has
   * only the rows for which it holds.
   */
  root(
    field: string,
    options: {
      readonly access: Access;
      readonly description: string;
      readonly onlyFor?: (viewer: Viewer | null) => Sql;
    },
  ): void;
  /**
   * Declares a field that lists a parent's rows: `Lot.wipItems(first, …)`. `by` is the field with the parent's id, or a
   * condition on the row `t` and `parent.id`. With an access in `options` the field is nullable, and null without that
   * access.
   */
  on<Parent extends { readonly id: string }>(
    parent: ObjectRef<SchemaTypes, Parent>,
    field: string,
    by: (keyof Row<Model> & string) | Sql,
    options: ParentListOptions,
  ): void;
  /**
   * Adds a condition to the filter of the list, from a younger folder: on records that refer to those of the list, of
   * which the older folder knows nothing.
   */
  filterBy(field: string, condition: Condition): void;
  /** Adds the argument `savedFilter` to the fields of the list, from a younger folder, which loads saved filters. */
  takeSavedFilters(source: SavedFilterSource): void;
  /** Declares a list that the types of an interface have, each by a declaration of its own with the same default order. */
  onInterface<Parent>(
    parent: InterfaceRef<SchemaTypes, Parent>,
    field: string,
    options: Pick<ParentListOptions, 'description' | 'defaultOrder'>,
  ): void;
}

/** Declares the GraphQL types of a connection. */
export function connectionType<Model extends ModelName, Summary>({
  connection,
  node,
  name,
  what,
  fields,
}: Declaration<Model, Summary>): ConnectionType<Model> {
  const pageType = pageTypeOf({ node, name, what, fields });
  const filter = filterType(name, what, connection.filter);
  const orderField = builder.enumType(`${name}OrderField`, {
    description: `What ${what} can be ordered by.`,
    values: Object.fromEntries(
      Object.entries(connection.orders).map(([key, { description }]) => [key, { description }]),
    ),
  });
  const order = builder.inputType(`${name}Order`, {
    description: `One order of ${what}. Ties are broken by id.`,
    fields: (t) => ({
      field: t.field({ type: orderField, required: true, description: 'What to order by.' }),
      direction: t.field({ type: OrderDirection, defaultValue: 'ASC', description: 'Ascending unless given.' }),
    }),
  });
  /** The argument for saved filters, once the list takes them: some fields declare their arguments after that. */
  const saved: { argument: object } = { argument: {} };
  const argsFor = (defaultOrder: Listing['defaultOrder']) => {
    const made = builder.args((t) => ({
      first: t.int({
        description: `How many from the start, or after \`after\`: 1 to ${PAGE_LIMIT}, ${PAGE_DEFAULT} unless given.`,
      }),
      after: t.string({ description: 'A cursor: the page begins behind it. Goes with `first`.' }),
      last: t.int({
        description: `How many from the end, or before \`before\`: 1 to ${PAGE_LIMIT}. Not together with \`first\`.`,
      }),
      before: t.string({ description: 'A cursor: the page ends before it. Goes with `last`.' }),
      filter: t.field({ type: filter, description: 'Only records for which this holds; all unless given.' }),
      orderBy: t.field({
        type: [order],
        description: `At most ${ORDER_KEYS} orders, the first one counting most. Default: ${textOf(defaultOrder)}.`,
      }),
    }));
    Object.assign(made, saved.argument);
    return made;
  };
  const args = argsFor(connection.defaultOrder);
  return {
    filter,
    root(field, { access, description, onlyFor }) {
      builder.queryField(field, (t) =>
        t.field({
          type: pageType,
          nullable: true,
          description,
          args,
          authScopes: { may: access },
          // Query plans are shared by all viewers, so they have no lists that depend on the viewer.
          extensions: onlyFor === undefined ? listSource({ listing: connection }) : {},
          resolve: (_root, given, context, info) =>
            connection.page(context, given as PageArguments, info, onlyFor?.(context.viewer)),
        }),
      );
    },
    on(parent, field, by, { description, access, where, onlyFor, defaultOrder }) {
      const scope = access === undefined ? {} : { nullable: true as const, authScopes: { may: access } };
      const listing = defaultOrder === undefined ? connection : { ...connection, defaultOrder };
      builder.objectField(parent, field, (t) =>
        t.field({
          type: pageType,
          description,
          args: defaultOrder === undefined ? args : argsFor(defaultOrder),
          ...scope,
          // Query plans are shared by all viewers; see `root`.
          extensions: onlyFor === undefined ? listSource({ listing, by, where }) : needs('id'),
          resolve: (row, given, context, info) =>
            connection.pageOf(context, {
              by,
              defaultOrder,
              parentId: row.id,
              args: given as PageArguments,
              info,
              where:
                onlyFor === undefined
                  ? where
                  : allOf([onlyFor(context.viewer), ...(where === undefined ? [] : [where])]),
            }),
        }),
      );
    },
    filterBy(field, condition) {
      declareTypes([condition]);
      Object.assign(connection.filter, { [field]: condition });
    },
    takeSavedFilters(source) {
      takeSavedFilters(connection.filter, source);
      saved.argument = SAVED_FILTER;
      Object.assign(args, SAVED_FILTER);
    },
    onInterface(parent, field, { description, defaultOrder = connection.defaultOrder }) {
      builder.interfaceField(parent, field, (t) =>
        t.field({ type: pageType, description, args: argsFor(defaultOrder), resolve: resolvedByType }),
      );
    },
  };
}

/** Declares the types of a page of a list: `LotConnection` and `LotEdge`. */
export function pageTypeOf<Model extends ModelName, Summary>({
  node,
  name,
  what,
  fields,
}: PageDeclaration<Model, Summary>): ObjectRef<SchemaTypes, ConnectionPage<Row<Model>, Summary>> {
  type Page = ConnectionPage<Row<Model>, Summary>;
  const edge = builder.objectRef<{ row: Row<Model>; page: Page }>(`${name}Edge`).implement({
    description: `One of the ${what} in a list, with its place.`,
    fields: (t) => ({
      cursor: t.string({
        description: 'Opaque place in the list; give it to `after` or `before`.',
        resolve: ({ row, page }) => page.cursorOf(row),
      }),
      node: t.field({ type: node, description: 'The record.', resolve: ({ row }) => row as never }),
    }),
  });
  return builder.objectRef<Page>(`${name}Connection`).implement({
    description: `A page of ${what}.`,
    fields: (t) => ({
      edges: t.field({
        type: [edge],
        description: 'The records with their places.',
        resolve: (page) => page.rows.map((row) => ({ row, page })),
      }),
      nodes: t.field({ type: [node], description: 'The records.', resolve: (page) => page.rows as never }),
      pageInfo: t.field({
        type: builder.pageInfoRef(),
        description: 'Where the page begins and ends, and whether there is more.',
        resolve: (page) => ({
          hasNextPage: page.hasNextPage,
          hasPreviousPage: page.hasPreviousPage,
          startCursor: edgeCursor(page, page.rows[0]),
          endCursor: edgeCursor(page, page.rows.at(-1)),
        }),
      }),
      totalCount: t.int({
        description: 'How many records match the filter, on all pages. Counted only when selected.',
        resolve: (page) => page.count(),
      }),
      ...fields?.(t),
    }),
  });
}

/** The resolver of an interface field that each type declares itself. It is never called. */
export function resolvedByType(): never {
  throw new AppError('A field of an interface is resolved by its types.');
}

/** Declared once: the fields of a schema that is being built may share an argument. */
const SAVED_FILTER = builder.args((t) => ({
  savedFilter: t.id({
    description:
      'The id of a saved filter for this list, your own or a shared one. Its conditions hold as well as those of `filter`; its order is used unless `orderBy` is given (SEA-4).',
  }),
}));

function textOf(order: Listing['defaultOrder']): string {
  return order.map(({ field, direction }) => `${field} ${direction ?? 'ASC'}`).join(', ');
}

function edgeCursor<Item>(page: Pick<ConnectionPage<Item>, 'cursorOf'>, row: Item | undefined): string | null {
  return row === undefined ? null : page.cursorOf(row);
}
