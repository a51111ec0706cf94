-- FLT-3, SEA-4: filters of the list of alerts are kept, too.
ALTER TYPE filter_target ADD VALUE 'ALERTS' BEFORE 'INSPECTIONS';
