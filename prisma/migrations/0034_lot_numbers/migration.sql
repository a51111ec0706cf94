-- LOT-1, LOT-2: After the lot 99 of a line, a model and a month come A0 to Z9, without I and O. Numbers of before stay as they are.
ALTER TABLE lots DROP CONSTRAINT ck_lots_lot_1_number_format,
  ADD CONSTRAINT ck_lots_lot_1_number_format CHECK (number ~ '^[A-Z0-9]{11}[0-9A-HJ-NP-Z][0-9]$');
ALTER TABLE serials DROP CONSTRAINT ck_serials_ser_1_number_format,
  ADD CONSTRAINT ck_serials_ser_1_number_format CHECK (number ~ '^[A-Z0-9]{11}[0-9A-HJ-NP-Z][0-9]{4,8}$');
