-- So that old answers are found without reading all of them.
create index reply_age on reply (created_at);
