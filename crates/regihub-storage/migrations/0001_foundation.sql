-- One text for both databases: {id} becomes the dialect's self-numbering 64-bit primary key, {bytes} its byte string (dialect.rs).
-- Everything else is BIGINT (whole numbers; times are microseconds since 1970 UTC; flags are 0/1) or TEXT. Names that belong to
-- Smaregi or a shop (product, store, sale, order, SKU) are the text they came as.

create table workspace (
  id {id},
  name text not null,
  created_at bigint not null
);

create table app_user (
  id {id},
  workspace_id bigint not null references workspace (id),
  login text not null unique,
  password_hash text not null,
  language text not null default 'ja',
  created_at bigint not null
);

create table session (
  token_hash text primary key,
  user_id bigint not null references app_user (id),
  created_at bigint not null,
  last_seen_at bigint not null,
  expires_at bigint not null
);

-- One Smaregi contract through one API generation. Secrets are sealed (see seal.rs), never plain.
create table connection (
  id {id},
  workspace_id bigint not null references workspace (id),
  name text not null,
  contract_id text not null,
  environment text not null,
  api_base text not null,
  token_base text not null,
  client_id text not null,
  client_secret_sealed {bytes} not null,
  scopes text not null,
  -- Key in the notification address; random, revocable, tells tenant and connection.
  hook_key text not null unique,
  hook_header text not null,
  hook_secret_sealed {bytes} not null,
  reads_per_second bigint not null,
  writes_per_second bigint not null,
  created_at bigint not null
);

create table shop (
  id {id},
  workspace_id bigint not null references workspace (id),
  name text not null,
  channel text not null,
  base_url text not null,
  api_key_sealed {bytes} not null,
  hook_key text not null unique,
  hook_secret_sealed {bytes} not null,
  created_at bigint not null
);

create table link (
  id {id},
  workspace_id bigint not null references workspace (id),
  connection_id bigint not null references connection (id),
  shop_id bigint not null references shop (id),
  running bigint not null default 1,
  -- JSON: stores whose levels are summed, the store web orders are taken from, default margin.
  settings text not null,
  created_at bigint not null,
  unique (connection_id, shop_id)
);

-- Small facts by name, per owner ('connection:3', 'shop:2', 'node'): watermarks, feed cursors, health.
create table fact (
  owner text not null,
  name text not null,
  value text not null,
  updated_at bigint not null,
  primary key (owner, name)
);

-- Which node works for an owner ('connection:3', 'shop:2', 'node'). A row is never deleted, so that its token only grows.
create table lease (
  owner text primary key,
  -- Name of the running process; empty after it gave the lease back.
  holder text not null,
  -- Grows whenever the lease changes hands: work that was begun under an older one must not be booked.
  token bigint not null,
  -- The holder works no longer than this without renewing.
  until bigint not null
);

-- What a run of the tidying must not delete although it is old. kind: 0 inbox, 1 exchange.
create table tidy_keep (
  kind bigint not null,
  row_id bigint not null,
  primary key (kind, row_id)
);

-- One HTTP request with its response (通信ログ). Bodies are cut at a limit and packed; secrets are masked before they get here.
create table exchange (
  id {id},
  at bigint not null,
  -- 'connection:3' or 'shop:2'
  owner text not null,
  method text not null,
  url text not null,
  status bigint,
  error text,
  elapsed_us bigint not null,
  request_size bigint not null,
  response_size bigint not null,
  request_body {bytes},
  response_body {bytes}
);
create index exchange_owner on exchange (owner, id);

-- Raw notifications. Committed before they are acknowledged (I1).
create table inbox (
  id {id},
  received_at bigint not null,
  owner text not null,
  event text not null,
  action text not null,
  -- Sender's id of this very message; null where it gives none. A repeat is answered but not stored again.
  message_id text,
  headers text not null,
  body {bytes} not null,
  -- 1 became jobs, 2 stored but of no use (unknown event, nothing to do), 3 unreadable
  state bigint not null,
  note text
);
create unique index inbox_message on inbox (owner, message_id);
create index inbox_owner on inbox (owner, id);

-- "Something named `key` may have changed": at most one row per owner, kind and key, however many notifications came.
create table job (
  id {id},
  owner text not null,
  kind text not null,
  key text not null,
  priority bigint not null,
  -- Grows with every notification; a job whose version moved while it was worked on is done again.
  version bigint not null default 1,
  -- 0 waiting, 2 parked
  state bigint not null default 0,
  run_after bigint not null,
  dirty_at bigint not null,
  attempts bigint not null default 0,
  last_error text,
  -- The raw message that asked for it last.
  inbox_id bigint,
  unique (owner, kind, key)
);
-- Holds everything that finding the next job needs, in the order in which jobs are taken.
create index job_ready on job (owner, state, kind, dirty_at, id, run_after, priority);
create index job_parked on job (id) where state = 2;

create table product (
  connection_id bigint not null,
  product_id text not null,
  code text not null,
  name text not null,
  group_code text,
  color text,
  size text,
  price text,
  stock_managed bigint not null,
  updated_at bigint not null,
  deleted bigint not null default 0,
  exchange_id bigint,
  primary key (connection_id, product_id)
);
create index product_code on product (connection_id, code);

create table store (
  connection_id bigint not null,
  store_id text not null,
  code text not null,
  name text not null,
  division text not null,
  primary key (connection_id, store_id)
);

-- Newest known version of each POS sale (JSON of domain::sale::Sale) with where it came from.
create table sale (
  connection_id bigint not null,
  sale_id text not null,
  store_id text not null,
  sold_at bigint not null,
  updated_at bigint not null,
  status text not null,
  total text not null,
  body text not null,
  -- Not null: the row is kept but needs a person (for example totals that do not add up).
  problem text,
  versions bigint not null default 1,
  exchange_id bigint,
  inbox_id bigint,
  recorded_at bigint not null,
  primary key (connection_id, sale_id)
);
create index sale_time on sale (connection_id, sold_at, sale_id);
create index sale_problem on sale (connection_id, sale_id) where problem is not null;

-- State of one product in one store: the mirror of Smaregi's stock row.
create table level (
  connection_id bigint not null,
  product_id text not null,
  store_id text not null,
  amount bigint not null,
  unattributed bigint not null default 0,
  -- When the read that proved it began.
  seen_at bigint not null,
  changed_at bigint not null,
  exchange_id bigint,
  primary key (connection_id, product_id, store_id)
);
create index level_unattributed on level (connection_id, changed_at) where unattributed <> 0;

-- What a level is expected to contain once it is read again.
create table expected (
  id {id},
  connection_id bigint not null,
  product_id text not null,
  store_id text not null,
  cause_kind text not null,
  cause_ref text not null,
  delta bigint not null,
  exchange_id bigint,
  inbox_id bigint,
  created_at bigint not null
);
create index expected_pair on expected (connection_id, product_id, store_id);

-- The stock ledger; per pair the rows add up to the level. Rows are only ever added, until the oldest of a pair are folded into one
-- opening row, whose cause_ref is the number of rows it stands for.
create table movement (
  id {id},
  connection_id bigint not null,
  product_id text not null,
  store_id text not null,
  at bigint not null,
  cause_kind text not null,
  cause_ref text not null,
  delta bigint not null,
  level_after bigint not null,
  exchange_id bigint,
  inbox_id bigint
);
create index movement_pair on movement (connection_id, product_id, store_id, id);

-- Everything a shop sells, and the Smaregi product it is linked with (same code).
create table listing (
  shop_id bigint not null,
  sku text not null,
  name text not null,
  product_id text,
  margin bigint,
  problem text,
  seen_at bigint not null,
  primary key (shop_id, sku)
);
create index listing_product on listing (shop_id, product_id);

-- One published number per link and SKU: what it is, what made it, whether the shop has it.
create table publication (
  link_id bigint not null,
  sku text not null,
  product_id text not null,
  -- null while the stock is unknown: nothing is sent then
  quantity bigint,
  version bigint not null,
  orders_seen bigint not null,
  -- JSON of domain::publish::PublishInputs
  inputs text not null,
  computed_at bigint not null,
  -- Set while this version has to be sent; first in, first out. A version the shop refused is not sent again by itself.
  dirty_since bigint,
  pushed_quantity bigint,
  pushed_version bigint,
  pushed_at bigint,
  push_exchange_id bigint,
  -- What the shop said when it refused, or what it showed when it differed.
  problem text,
  primary key (link_id, sku)
);
create index publication_dirty on publication (link_id, dirty_since, sku) where dirty_since is not null;
create index publication_product on publication (link_id, product_id);

-- Every number that was ever sent, so that yesterday's "3" can be explained today.
create table publication_history (
  id {id},
  link_id bigint not null,
  sku text not null,
  at bigint not null,
  quantity bigint not null,
  version bigint not null,
  inputs text not null,
  result text not null,
  exchange_id bigint
);
create index publication_history_item on publication_history (link_id, sku, id);

-- Newest known state of each shop order (JSON of domain::order::Order).
create table shop_order (
  shop_id bigint not null,
  order_id text not null,
  number text not null,
  sequence bigint not null,
  status text not null,
  placed_at bigint not null,
  total text not null,
  body text not null,
  problem text,
  exchange_id bigint,
  inbox_id bigint,
  recorded_at bigint not null,
  primary key (shop_id, order_id)
);
create index shop_order_sequence on shop_order (shop_id, sequence);
create index shop_order_problem on shop_order (shop_id, order_id) where problem is not null;
create index shop_order_time on shop_order (shop_id, placed_at, order_id);

-- Durable intents to write to Smaregi. The tag stands in stockHistory.memo, so an unclear outcome can be looked up (I3).
create table intent (
  id {id},
  connection_id bigint not null,
  tag text not null unique,
  shop_id bigint not null,
  order_id text not null,
  line_id text not null,
  product_id text not null,
  store_id text not null,
  delta bigint not null,
  -- planned, sent, unclear, confirmed, dropped (never sent, no longer wanted), parked
  state text not null,
  attempts bigint not null default 0,
  run_after bigint not null,
  created_at bigint not null,
  sent_at bigint,
  settled_at bigint,
  -- Smaregi's stock history id of the confirmed write.
  change_id text,
  last_error text,
  exchange_id bigint
);
create index intent_open on intent (connection_id, state, run_after) where state in ('planned', 'sent', 'unclear', 'parked');
create index intent_demand on intent (connection_id, product_id, store_id) where state in ('planned', 'sent', 'unclear', 'parked');
create index intent_order on intent (shop_id, order_id);
