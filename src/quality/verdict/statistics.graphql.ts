import type { EnumRef } from '@pothos/core';
import { builder, type SchemaTypes } from '../../platform/graphql/builder.ts';
import type { Sql } from '../../platform/postgres/sql.ts';
import type { Filter } from '../../platform/read/filter-condition.ts';
import { filterSql } from '../../platform/read/filter.ts';
import { rejectQuery } from '../../platform/read/query-error.ts';
import type { Context } from '../../platform/request/context.ts';
import { USERS } from '../../platform/rules/access.ts';
import { DefectSeverity } from '../../production/process-data/result/measurement.graphql.ts';
import { DefectConnection, DefectType, DetectionMethod, ReviewStatus } from '../defect/defect.graphql.ts';
import { defectList } from '../defect/defect.loaders.ts';
import { InspectionConnection, InspectionStatus, InspectionType } from '../inspection/inspection.graphql.ts';
import { inspectionList } from '../inspection/inspection.loaders.ts';
import { countOpenReviews, defectFigures, inspectionFigures } from './statistics.loaders.ts';
import {
  type DefectStatistics as DefectFigures,
  defectStatistics,
  type InspectionStatistics as InspectionFigures,
  inspectionStatistics,
  type KeyCount,
} from './statistics.rules.ts';

const InspectionStatusCount = countType('InspectionStatusCount', 'inspections', InspectionStatus);
const InspectionTypeCount = countType('InspectionTypeCount', 'inspections', InspectionType);
const DefectSeverityCount = countType('DefectSeverityCount', 'findings', DefectSeverity);
const DefectTypeCount = countType('DefectTypeCount', 'findings', DefectType);
const DetectionMethodCount = countType('DetectionMethodCount', 'findings', DetectionMethod);
const ReviewStatusCount = countType('ReviewStatusCount', 'findings', ReviewStatus);

export const InspectionStatistics = builder.objectRef<InspectionFigures>('InspectionStatistics').implement({
  description: 'The figures of the inspections that match a filter.',
  fields: (t) => ({
    total: t.exposeInt('total', { description: 'All of them.' }),
    byStatus: t.field({
      type: [InspectionStatusCount],
      description: 'By status, zeros included.',
      resolve: ({ byStatus }) => [...byStatus],
    }),
    byType: t.field({
      type: [InspectionTypeCount],
      description: 'By type, zeros included.',
      resolve: ({ byType }) => [...byType],
    }),
    completedCount: t.exposeInt('completedCount', { description: 'Those that are COMPLETED.' }),
    passCount: t.exposeInt('passCount', { description: 'Those with the verdict PASS.' }),
    failCount: t.exposeInt('failCount', { description: 'Those with the verdict FAIL.' }),
    passRatio: t.exposeFloat('passRatio', {
      nullable: true,
      description: 'Those with the verdict PASS ÷ those that are COMPLETED; null when none is.',
    }),
    meanQualityScore: t.expose('meanQualityScore', {
      type: 'Decimal',
      nullable: true,
      description: 'The mean quality score of those that are COMPLETED, with 4 decimals; null when none is.',
    }),
    meanConfidence: t.expose('meanConfidence', {
      type: 'Decimal',
      nullable: true,
      description: 'The mean confidence of those that are COMPLETED, with 4 decimals; null when none is.',
    }),
    backlogCount: t.exposeInt('backlogCount', { description: 'Those that are PENDING.' }),
    openReviewCount: t.exposeInt('openReviewCount', {
      description: 'Their findings that are PENDING or NEEDS_REVIEW.',
    }),
  }),
});

export const DefectStatistics = builder.objectRef<DefectFigures>('DefectStatistics').implement({
  description: 'The figures of the findings that match a filter.',
  fields: (t) => ({
    total: t.exposeInt('total', { description: 'All of them, the dismissed ones too.' }),
    bySeverity: t.field({
      type: [DefectSeverityCount],
      description: 'By severity, zeros included.',
      resolve: ({ bySeverity }) => [...bySeverity],
    }),
    byType: t.field({
      type: [DefectTypeCount],
      description: 'By type, zeros included.',
      resolve: ({ byType }) => [...byType],
    }),
    byDetectionMethod: t.field({
      type: [DetectionMethodCount],
      description: 'By how they were found, zeros included.',
      resolve: ({ byDetectionMethod }) => [...byDetectionMethod],
    }),
    byReviewStatus: t.field({
      type: [ReviewStatusCount],
      description: 'By what a person says about them, zeros included.',
      resolve: ({ byReviewStatus }) => [...byReviewStatus],
    }),
    confirmedCount: t.exposeInt('confirmedCount', { description: 'Those that are CONFIRMED.' }),
    falsePositiveCount: t.exposeInt('falsePositiveCount', { description: 'Those that are a FALSE_POSITIVE.' }),
    meanConfidence: t.expose('meanConfidence', {
      type: 'Decimal',
      nullable: true,
      description: 'The mean of the stated confidences, with 4 decimals; null when none is stated.',
    }),
  }),
});

builder.queryField('inspectionStatistics', (t) =>
  t.field({
    type: InspectionStatistics,
    nullable: true,
    description: 'The figures of the inspections that match the filter.',
    authScopes: { may: USERS },
    args: { filter: t.arg({ type: InspectionConnection.filter, description: 'Which inspections; all unless given.' }) },
    async resolve(_root, { filter }, context) {
      const where = await whereOf(inspectionList.filter, filter, context);
      const [figures, openReviews] = await Promise.all([
        inspectionFigures(context.db, where),
        countOpenReviews(context.db, where),
      ]);
      return inspectionStatistics(figures, openReviews);
    },
  }),
);

builder.queryField('defectStatistics', (t) =>
  t.field({
    type: DefectStatistics,
    nullable: true,
    description: 'The figures of the findings that match the filter.',
    authScopes: { may: USERS },
    args: { filter: t.arg({ type: DefectConnection.filter, description: 'Which findings; all unless given.' }) },
    async resolve(_root, { filter }, context) {
      return defectStatistics(await defectFigures(context.db, await whereOf(defectList.filter, filter, context)));
    },
  }),
);

async function whereOf(filter: Filter, given: unknown, context: Context): Promise<Sql> {
  const translated = await filterSql(filter, given, context);
  return 'rejections' in translated ? rejectQuery(translated.rejections) : translated.value;
}

/** The type of the counts of an enumeration. */
function countType(name: string, what: string, keys: EnumRef<SchemaTypes, string>) {
  return builder.objectRef<KeyCount<string>>(name).implement({
    description: `How many ${what} have one value.`,
    fields: (t) => ({
      key: t.expose('key', { type: keys, description: 'The value.' }),
      count: t.exposeInt('count', { description: `How many ${what}.` }),
    }),
  });
}
