-- Which orders are under way their open sagas say, by sagas_open. An index over the state of an order made each
-- order's last change a new entry in every index of the table; without it the new version stays on its page.
DROP INDEX orders_under_way;
