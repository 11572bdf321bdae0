/* catalog_shapes.c - the range of sizes and channels of a catalog's images. */
#include "data/catalog_store.h"

eh_status eh_catalog_image_shapes(eh_catalog_shapes *out, eh_catalog *catalog, eh_error *err)
{
    sqlite3_stmt *stmt = NULL;
    *out = (eh_catalog_shapes){ 0 };
    pthread_mutex_lock(&catalog->lock);
    eh_status status = eh_sql_prepare(&stmt, catalog->db, catalog->path,
                                      "SELECT min(width), max(width), min(height), max(height), max(channels)"
                                      " FROM image WHERE status = 'ok'",
                                      err);
    if (status == EH_OK && sqlite3_step(stmt) == SQLITE_ROW)
        *out = (eh_catalog_shapes){ .min_width = sqlite3_column_int(stmt, 0),
                                    .max_width = sqlite3_column_int(stmt, 1),
                                    .min_height = sqlite3_column_int(stmt, 2),
                                    .max_height = sqlite3_column_int(stmt, 3),
                                    .max_channels = sqlite3_column_int(stmt, 4) };
    else if (status == EH_OK)
        status = eh_sql_fail(catalog->db, catalog->path, err);
    sqlite3_finalize(stmt);
    pthread_mutex_unlock(&catalog->lock);
    return status;
}
