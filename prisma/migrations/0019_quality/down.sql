-- Removes inspections, findings, jobs and evidence. Stored files stay in the file store.
DROP TABLE artifacts;
DROP TABLE defects;
DROP TABLE inference_jobs;
DROP TABLE inspections;
DELETE FROM state_flows WHERE machine IN ('inspections.status', 'defects.review_status', 'inference_jobs.status');
DROP TYPE storage_location;
DROP TYPE artifact_type;
DROP TYPE inference_status;
DROP TYPE review_status;
DROP TYPE detection_method;
DROP TYPE defect_severity;
DROP TYPE defect_type;
DROP TYPE inspection_verdict;
DROP TYPE inspection_status;
DROP TYPE inspection_type;
