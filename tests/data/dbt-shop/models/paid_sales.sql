{{ config(materialized='table') }}
SELECT sale_id, CAST(price AS DECIMAL(12,3)) AS amount, sold_at AS paid_at FROM {{ source('shop', 'sales') }}
