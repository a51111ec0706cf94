-- Fails while there is a lot with a letter.
ALTER TABLE serials DROP CONSTRAINT ck_serials_ser_1_number_format,
  ADD CONSTRAINT ck_serials_ser_1_number_format CHECK (number ~ '^[A-Z0-9]{11}[0-9]{5,9}$');
ALTER TABLE lots DROP CONSTRAINT ck_lots_lot_1_number_format,
  ADD CONSTRAINT ck_lots_lot_1_number_format CHECK (number ~ '^[A-Z0-9]{11}[0-9]{2}$');
