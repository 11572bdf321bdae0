/* onednn_md.c - memory descriptors, which oneDNN 2.x shows as a struct and 3.x hides; see onednn.h. */
#include "backend/cpu/onednn.h"
#include "evenhand/memory.h"

#include <string.h>

static bool known_type(dnnl_data_type_t type)
{
    return type == dnnl_f32 || type == dnnl_bf16;
}

#if DNNL_VERSION_MAJOR < 3

static eh_md *copy_md(const dnnl_memory_desc_t *md, dnnl_status_t status)
{
    eh_md *copy = status == dnnl_success ? eh_alloc(1, sizeof *copy) : NULL;
    if (copy)
        *copy = *md;
    return copy;
}

eh_md *eh_md_tag(dnnl_data_type_t type, int rank, const int64_t *dims, dnnl_format_tag_t tag)
{
    dnnl_memory_desc_t md;
    return copy_md(&md, dnnl_memory_desc_init_by_tag(&md, rank, dims, type, tag));
}

eh_md *eh_md_strides(dnnl_data_type_t type, int rank, const int64_t *dims, const int64_t *strides)
{
    dnnl_memory_desc_t md;
    return copy_md(&md, dnnl_memory_desc_init_by_strides(&md, rank, dims, type, strides));
}

eh_md *eh_md_copy(const eh_md *md)
{
    return copy_md(md, dnnl_success);
}

eh_md *eh_md_retyped(const eh_md *md, dnnl_data_type_t type)
{
    eh_md *copy = eh_md_copy(md);
    if (copy)
        copy->data_type = type;
    return copy;
}

void eh_md_free(eh_md *md)
{
    eh_free(md);
}

void eh_md_inspect(const eh_md *md, eh_md_blocking *out)
{
    const dnnl_blocking_desc_t *b = &md->format_desc.blocking;
    *out = (eh_md_blocking){ .rank = md->ndims, .type = md->data_type };
    out->opaque = md->format_kind != dnnl_blocked || !known_type(md->data_type) || md->extra.flags != 0 ||
                  md->offset0 != 0;
    if (out->opaque)
        return;
    memcpy(out->dims, md->dims, (size_t)md->ndims * sizeof *out->dims);
    memcpy(out->padded, md->padded_dims, (size_t)md->ndims * sizeof *out->padded);
    memcpy(out->strides, b->strides, (size_t)md->ndims * sizeof *out->strides);
    out->inner = b->inner_nblks;
    for (int i = 0; i < b->inner_nblks; i++) {
        out->block[i] = b->inner_blks[i];
        out->axis[i] = (int)b->inner_idxs[i];
    }
}

#else

eh_md *eh_md_tag(dnnl_data_type_t type, int rank, const int64_t *dims, dnnl_format_tag_t tag)
{
    dnnl_memory_desc_t md = NULL;
    return dnnl_memory_desc_create_with_tag(&md, rank, dims, type, tag) == dnnl_success ? md : NULL;
}

eh_md *eh_md_strides(dnnl_data_type_t type, int rank, const int64_t *dims, const int64_t *strides)
{
    dnnl_memory_desc_t md = NULL;
    return dnnl_memory_desc_create_with_strides(&md, rank, dims, type, strides) == dnnl_success ? md : NULL;
}

eh_md *eh_md_copy(const eh_md *md)
{
    dnnl_memory_desc_t copy = NULL;
    return dnnl_memory_desc_clone(&copy, md) == dnnl_success ? copy : NULL;
}

void eh_md_free(eh_md *md)
{
    if (md)
        dnnl_memory_desc_destroy(md);
}

void eh_md_inspect(const eh_md *md, eh_md_blocking *out)
{
    dnnl_format_kind_t kind = dnnl_format_kind_undef;
    dnnl_dim_t offset = 0;
    *out = (eh_md_blocking){ .opaque = true };
    dnnl_memory_desc_query(md, dnnl_query_ndims_s32, &out->rank);
    dnnl_memory_desc_query(md, dnnl_query_format_kind, &kind);
    dnnl_memory_desc_query(md, dnnl_query_data_type, &out->type);
    dnnl_memory_desc_query(md, dnnl_query_submemory_offset_s64, &offset);
    if (kind != dnnl_blocked || !known_type(out->type) || offset != 0)
        return;
    const dnnl_dims_t *dims = NULL, *padded = NULL, *strides = NULL, *blocks = NULL, *axes = NULL;
    int inner = 0;
    dnnl_memory_desc_query(md, dnnl_query_dims, &dims);
    dnnl_memory_desc_query(md, dnnl_query_padded_dims, &padded);
    dnnl_memory_desc_query(md, dnnl_query_strides, &strides);
    dnnl_memory_desc_query(md, dnnl_query_inner_nblks_s32, &inner);
    dnnl_memory_desc_query(md, dnnl_query_inner_blks, &blocks);
    dnnl_memory_desc_query(md, dnnl_query_inner_idxs, &axes);
    if (!dims || !padded || !strides || (inner && (!blocks || !axes)))
        return;
    memcpy(out->dims, *dims, (size_t)out->rank * sizeof *out->dims);
    memcpy(out->padded, *padded, (size_t)out->rank * sizeof *out->padded);
    memcpy(out->strides, *strides, (size_t)out->rank * sizeof *out->strides);
    out->inner = inner;
    int64_t elements = 1;
    for (int i = 0; i < out->rank; i++)
        elements *= out->padded[i];
    for (int i = 0; i < inner; i++) {
        out->block[i] = (*blocks)[i];
        out->axis[i] = (int)(*axes)[i];
    }
    /* Extras (compensation) show in the size only. */
    size_t element = out->type == dnnl_bf16 ? 2 : sizeof(float);
    out->opaque = eh_md_bytes(md) > (size_t)elements * element && inner > 0;
}

#endif

#if DNNL_VERSION_MAJOR >= 3

eh_md *eh_md_retyped(const eh_md *md, dnnl_data_type_t type)
{
    eh_md_blocking b;
    eh_md_inspect(md, &b);
    if (!b.opaque && b.inner == 0)
        return eh_md_strides(type, b.rank, b.dims, b.strides);
    if (b.opaque || b.rank != 4 || b.inner != 1 || b.axis[0] != 1)
        return NULL;
    dnnl_format_tag_t tag = b.block[0] == 16  ? dnnl_nChw16c
                            : b.block[0] == 8 ? dnnl_nChw8c
                            : b.block[0] == 4 ? dnnl_nChw4c
                                              : dnnl_format_tag_undef;
    return eh_md_tag(type, 4, b.dims, tag);
}

#endif

eh_md *eh_md_any(dnnl_data_type_t type, int rank, const int64_t *dims)
{
    return eh_md_tag(type, rank, dims, dnnl_format_tag_any);
}

eh_md *eh_md_plain(dnnl_data_type_t type, int rank, const int64_t *dims)
{
    int64_t strides[EH_MD_MAX], step = 1;
    for (int i = rank; i-- > 0;) {
        strides[i] = step;
        step *= dims[i];
    }
    return eh_md_strides(type, rank, dims, strides);
}

bool eh_md_equal(const eh_md *a, const eh_md *b)
{
    return dnnl_memory_desc_equal(a, b) != 0;
}

size_t eh_md_bytes(const eh_md *md)
{
    return dnnl_memory_desc_get_size(md);
}
