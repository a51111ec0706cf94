-- Removes background jobs and their items. The results that they recorded stay; the files of exports stay in the file store.
DROP TABLE background_job_items;
DROP FUNCTION guard_finished_item();
DROP TABLE background_jobs;
DELETE FROM state_flows WHERE machine = 'background_jobs.status';
DROP TYPE job_status;
DROP TYPE job_kind;
