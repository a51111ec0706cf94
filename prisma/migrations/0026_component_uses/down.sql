-- Removes the uses of components. What was built into which unit is lost.
DROP TABLE component_uses;
