-- What gates said, newest first, over all promotions.
create index evaluation_recent on evaluation (at desc, id desc);
