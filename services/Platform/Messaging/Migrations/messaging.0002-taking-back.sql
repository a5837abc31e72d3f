-- A source that was restored takes its marks back, while no message moves one: that lock asks for the whole table's right.
GRANT UPDATE ON events.hl_mark TO {app};
