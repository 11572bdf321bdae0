/* query_sql.h - a query as an SQL condition over EH_IMAGE_TABLES. */
#ifndef EH_DATA_QUERY_SQL_H
#define EH_DATA_QUERY_SQL_H

#include "data/catalog_store.h"
#include "evenhand/query.h"
#include "base/str.h"

/* Appends " WHERE ...": the query, and that images are usable unless it names `status`. `where` may be NULL. The caller holds the lock. */
eh_status eh_query_append_where(eh_str *sql, const eh_catalog *catalog, const eh_query *where, eh_error *err);

/* EH_ERR_NOT_ENOUGH: the query holds for no image. */
eh_status eh_query_fail_empty(const eh_catalog *catalog, const eh_query *where, eh_error *err);

#endif
