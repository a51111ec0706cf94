import type { TargetName } from '../filter-target/filter-target.rules.ts';
import { type Answer, rejection } from '../../platform/rules/rejection.ts';
import type { Viewer } from '../../platform/rules/access.ts';

/** FLT-1: The lengths of the texts of a saved filter. */
export const SAVED_FILTER_LENGTHS = { name: 100, description: 1_000 } as const;

/** What decides who may see, apply and change a saved filter. */
export interface OwnedFilter {
  readonly ownerId: string;
  readonly isShared: boolean;
  readonly name: string;
}

/** FLT-1: An owner has a name once for each list. Names are compared with their case. */
export function isFilterNameFree(name: string, target: TargetName, namesake: object | null): Answer {
  if (namesake === null) return undefined;
  const message = `You have a filter ${JSON.stringify(name)} of ${target} already; choose another name, or change that one.`;
  return rejection('FLT-1', 'name', message, 'CONFLICT');
}

/** FLT-2: Whether somebody may see and apply a filter: their own, and shared ones. */
export function mayApply(
  { ownerId, isShared }: Pick<OwnedFilter, 'ownerId' | 'isShared'>,
  viewer: Viewer | null,
): boolean {
  return isShared || isOwner({ ownerId }, viewer);
}

/** FLT-2: Only its owner changes a filter. That of somebody else does not exist for others unless it is shared. */
export function mayChangeFilter(filter: OwnedFilter | null, viewer: Viewer): Answer {
  if (filter === null || !mayApply(filter, viewer)) return NO_SUCH_FILTER;
  if (isOwner(filter, viewer)) return undefined;
  const message = `The filter ${JSON.stringify(filter.name)} is shared by somebody else; only they change it. Save one of your own instead.`;
  return rejection('FLT-2', 'id', message, 'FORBIDDEN');
}

/** FLT-2: Its owner deletes a filter, and an administrator any. */
export function mayDeleteFilter(filter: OwnedFilter | null, viewer: Viewer): Answer {
  const isAdministrator = viewer.kind === 'USER' && viewer.role === 'ADMIN';
  return filter !== null && isAdministrator ? undefined : mayChangeFilter(filter, viewer);
}

const NO_SUCH_FILTER = rejection('FLT-2', 'id', 'A saved filter with this id does not exist.', 'NOT_FOUND');

/** FLT-2, SEA-4: Why somebody cannot apply a filter to a list; undefined when they can. */
export function mayBeApplied(
  filter: (OwnedFilter & { readonly target: TargetName }) | null,
  target: TargetName,
  viewer: Viewer | null,
): Answer {
  if (filter === null || !mayApply(filter, viewer))
    return rejection('FLT-2', 'savedFilter', 'A saved filter with this id does not exist.', 'NOT_FOUND');
  if (filter.target === target) return undefined;
  const message = `The filter ${JSON.stringify(filter.name)} is one of ${filter.target}, not of ${target}.`;
  return rejection('SEA-4', 'savedFilter', message, 'INVALID_INPUT');
}

function isOwner({ ownerId }: Pick<OwnedFilter, 'ownerId'>, viewer: Viewer | null): boolean {
  return viewer?.kind === 'USER' && viewer.id === ownerId;
}
