-- Removes the prints of labels.
DROP TABLE label_print_cursors;
DROP TABLE label_prints;
DROP TYPE label_print_status;
