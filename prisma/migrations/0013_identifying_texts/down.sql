DROP TRIGGER tg_lots_external_number_characters ON lots;
DROP TRIGGER tg_lots_supplier_code_characters ON lots;
DROP TRIGGER tg_wip_items_external_number_characters ON wip_items;
DROP TRIGGER tg_equipment_model_number_characters ON equipment;
DROP TRIGGER tg_equipment_serial_number_characters ON equipment;
DROP FUNCTION guard_identifying_text();
DROP FUNCTION is_identifying_text(text);
