/** The switchboard: who reacts to what happens in older areas, within the transaction of the change. */
import { reactTo } from '../../platform/command/reaction.ts';
import { alertToExecutions, alertToInspections, alertToLots } from '../../operation/alert/raise.commands.ts';
import { lotEnded } from '../../production/lot/lot-ended.commands.ts';
import { executionFinished } from '../../production/process-data/recording/execution-finished.commands.ts';
import { inspectionJudged } from '../../quality/verdict/inspection-judged.commands.ts';

reactTo(executionFinished, alertToExecutions);
reactTo(lotEnded, alertToLots);
reactTo(inspectionJudged, alertToInspections);
