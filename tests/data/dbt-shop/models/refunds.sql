{{ config(materialized='view') }}
SELECT sale_id AS refund_id, sold_at AS refunded_at FROM {{ ref('between') }}
