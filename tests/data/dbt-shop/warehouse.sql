-- What the sources of this project stand for.
CREATE SCHEMA raw_shop;
CREATE TABLE raw_shop.sales (
  sale_id BIGINT,
  "Shop Name" VARCHAR,
  no INTEGER,
  "1e3" VARCHAR,
  status VARCHAR,
  price DECIMAL(10,2),
  weight DOUBLE,
  payload JSON,
  place STRUCT(lat DOUBLE, lon DOUBLE),
  sold_at TIMESTAMP,
  came_at TIMESTAMP
);
CREATE TABLE raw_shop.clicks_raw (click_id UUID, session VARCHAR, clicked_at TIMESTAMP, loaded TIMESTAMP, seen_at TIMESTAMPTZ);
CREATE TABLE raw_shop.shops (shop VARCHAR, code VARCHAR, country VARCHAR, changed_at TIMESTAMP, huge HUGEINT);
