/* cpu_wino_tile.h - Winograd's transforms of one tile, sixteen channels at a time, with AVX-512; see cpu_conv2d_wino.c.
 *
 * The polynomials are taken at 0, a, -a, b, -b and infinity with a = 2/3 and b = 3/2: a b = 1 saves multiplications, and the rounding error is a third
 * of that of the usual 1 and 2 (1.2e-6 against 5.5e-6 of the largest result at 64 channels; the direct sum 0.3e-6).
 */
#ifndef EH_BACKEND_CPU_CPU_WINO_TILE_H
#define EH_BACKEND_CPU_CPU_WINO_TILE_H

#include "backend/cpu/cpu.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define EH_WINO_A  (2.0f / 3.0f)
#define EH_WINO_B  1.5f
#define EH_WINO_AA (4.0f / 9.0f)
#define EH_WINO_BB 2.25f
#define EH_WINO_S  (4.0f / 9.0f + 2.25f) /* a^2 + b^2 */

/* Six inputs to six points, B^T d. */
EH_TARGET_512 EH_INLINE void eh_wino_in(__m512 v[6], __m512 d0, __m512 d1, __m512 d2, __m512 d3, __m512 d4,
                                        __m512 d5)
{
    const __m512 a = _mm512_set1_ps(EH_WINO_A), b = _mm512_set1_ps(EH_WINO_B),
                 aa = _mm512_set1_ps(EH_WINO_AA), bb = _mm512_set1_ps(EH_WINO_BB),
                 s = _mm512_set1_ps(EH_WINO_S);
    __m512 even_a = _mm512_fnmadd_ps(bb, d2, d4), odd_a = _mm512_fnmadd_ps(bb, d1, d3),
           even_b = _mm512_fnmadd_ps(aa, d2, d4), odd_b = _mm512_fnmadd_ps(aa, d1, d3);
    v[0] = _mm512_add_ps(d0, _mm512_fnmadd_ps(s, d2, d4));
    v[1] = _mm512_fmadd_ps(a, odd_a, even_a);
    v[2] = _mm512_fnmadd_ps(a, odd_a, even_a);
    v[3] = _mm512_fmadd_ps(b, odd_b, even_b);
    v[4] = _mm512_fnmadd_ps(b, odd_b, even_b);
    v[5] = _mm512_add_ps(d1, _mm512_fnmadd_ps(s, d3, d5));
}

/* Three kernel elements to six points, G g. */
EH_TARGET_512 EH_INLINE void eh_wino_kernel(__m512 u[6], __m512 g0, __m512 g1, __m512 g2)
{
    /* 1 / (2 a^2 (a^2 - b^2)) and 1 / (2 b^2 (b^2 - a^2)), times 1, p and p^2 for the point p */
    const float na = 1.0f / (2 * EH_WINO_AA * (EH_WINO_AA - EH_WINO_BB)),
                nb = 1.0f / (2 * EH_WINO_BB * (EH_WINO_BB - EH_WINO_AA));
    __m512 even_a =
               _mm512_fmadd_ps(g2, _mm512_set1_ps(na * EH_WINO_AA), _mm512_mul_ps(g0, _mm512_set1_ps(na))),
           even_b =
               _mm512_fmadd_ps(g2, _mm512_set1_ps(nb * EH_WINO_BB), _mm512_mul_ps(g0, _mm512_set1_ps(nb)));
    const __m512 odd_a = _mm512_set1_ps(na * EH_WINO_A), odd_b = _mm512_set1_ps(nb * EH_WINO_B);
    u[0] = g0;
    u[1] = _mm512_fmadd_ps(g1, odd_a, even_a);
    u[2] = _mm512_fnmadd_ps(g1, odd_a, even_a);
    u[3] = _mm512_fmadd_ps(g1, odd_b, even_b);
    u[4] = _mm512_fnmadd_ps(g1, odd_b, even_b);
    u[5] = g2;
}

/* Six products to four results, A^T m. */
EH_TARGET_512 EH_INLINE void eh_wino_out(__m512 y[4], __m512 m0, __m512 m1, __m512 m2, __m512 m3, __m512 m4,
                                         __m512 m5)
{
    const __m512 a = _mm512_set1_ps(EH_WINO_A), b = _mm512_set1_ps(EH_WINO_B),
                 aa = _mm512_set1_ps(EH_WINO_AA), bb = _mm512_set1_ps(EH_WINO_BB),
                 aaa = _mm512_set1_ps(EH_WINO_AA * EH_WINO_A), bbb = _mm512_set1_ps(EH_WINO_BB * EH_WINO_B);
    __m512 sum_a = _mm512_add_ps(m1, m2), difference_a = _mm512_sub_ps(m1, m2), sum_b = _mm512_add_ps(m3, m4),
           difference_b = _mm512_sub_ps(m3, m4);
    y[0] = _mm512_add_ps(m0, _mm512_add_ps(sum_a, sum_b));
    y[1] = _mm512_fmadd_ps(difference_a, a, _mm512_mul_ps(difference_b, b));
    y[2] = _mm512_fmadd_ps(sum_a, aa, _mm512_mul_ps(sum_b, bb));
    y[3] = _mm512_fmadd_ps(difference_a, aaa, _mm512_fmadd_ps(difference_b, bbb, m5));
}

/* Four gradients of results to six points, A g: the transpose of eh_wino_out. */
EH_TARGET_512 EH_INLINE void eh_wino_out_grad(__m512 m[6], __m512 g0, __m512 g1, __m512 g2, __m512 g3)
{
    const __m512 a = _mm512_set1_ps(EH_WINO_A), b = _mm512_set1_ps(EH_WINO_B),
                 aa = _mm512_set1_ps(EH_WINO_AA), bb = _mm512_set1_ps(EH_WINO_BB);
    __m512 even_a = _mm512_fmadd_ps(g2, aa, g0), odd_a = _mm512_fmadd_ps(g3, aa, g1),
           even_b = _mm512_fmadd_ps(g2, bb, g0), odd_b = _mm512_fmadd_ps(g3, bb, g1);
    m[0] = g0;
    m[1] = _mm512_fmadd_ps(odd_a, a, even_a);
    m[2] = _mm512_fnmadd_ps(odd_a, a, even_a);
    m[3] = _mm512_fmadd_ps(odd_b, b, even_b);
    m[4] = _mm512_fnmadd_ps(odd_b, b, even_b);
    m[5] = g3;
}

/* Six points to three gradients of kernel elements, G^T m: the transpose of eh_wino_kernel. */
EH_TARGET_512 EH_INLINE void eh_wino_kernel_grad(__m512 g[3], __m512 m0, __m512 m1, __m512 m2, __m512 m3,
                                                 __m512 m4, __m512 m5)
{
    const float na = 1.0f / (2 * EH_WINO_AA * (EH_WINO_AA - EH_WINO_BB)),
                nb = 1.0f / (2 * EH_WINO_BB * (EH_WINO_BB - EH_WINO_AA));
    __m512 sum_a = _mm512_add_ps(m1, m2), difference_a = _mm512_sub_ps(m1, m2), sum_b = _mm512_add_ps(m3, m4),
           difference_b = _mm512_sub_ps(m3, m4);
    g[0] = _mm512_fmadd_ps(sum_a, _mm512_set1_ps(na), _mm512_fmadd_ps(sum_b, _mm512_set1_ps(nb), m0));
    g[1] = _mm512_fmadd_ps(difference_a, _mm512_set1_ps(na * EH_WINO_A),
                           _mm512_mul_ps(difference_b, _mm512_set1_ps(nb * EH_WINO_B)));
    g[2] = _mm512_fmadd_ps(sum_a, _mm512_set1_ps(na * EH_WINO_AA),
                           _mm512_fmadd_ps(sum_b, _mm512_set1_ps(nb * EH_WINO_BB), m5));
}

/* A plane of 16 channels [h][w][16]. */
typedef struct eh_wino_plane {
    const float *data;
    int64_t h, w;
} eh_wino_plane;

/* rows x columns positions from (top, left) on into d, zero outside the plane. */
EH_TARGET_512 EH_INLINE void eh_wino_gather(__m512 *d, eh_wino_plane p, int64_t top, int64_t left, int rows,
                                            int columns)
{
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) {
            bool inside = top + r >= 0 && top + r < p.h && left + c >= 0 && left + c < p.w;
            d[r * columns + c] =
                inside ? _mm512_loadu_ps(p.data + ((top + r) * p.w + left + c) * 16) : _mm512_setzero_ps();
        }
}

/* The 6x6 positions from (top, left) on, transformed: B^T d B; point k at v + k * step. */
EH_TARGET_512 EH_INLINE void eh_wino_input(eh_wino_plane p, int64_t top, int64_t left, float *v, int64_t step)
{
    __m512 edge[36], t[6][6], out[6];
    bool inside = top >= 0 && left >= 0 && top + 6 <= p.h && left + 6 <= p.w;
    if (!inside)
        eh_wino_gather(edge, p, top, left, 6, 6);
    const float *d = inside ? p.data + (top * p.w + left) * 16 : (const float *)edge;
    const int64_t row = inside ? p.w * 16 : 6 * 16;
    for (int c = 0; c < 6; c++, d += 16) {
        eh_wino_in(out, _mm512_loadu_ps(d), _mm512_loadu_ps(d + row), _mm512_loadu_ps(d + 2 * row),
                   _mm512_loadu_ps(d + 3 * row), _mm512_loadu_ps(d + 4 * row), _mm512_loadu_ps(d + 5 * row));
        for (int r = 0; r < 6; r++)
            t[r][c] = out[r];
    }
    for (int r = 0; r < 6; r++) {
        eh_wino_in(out, t[r][0], t[r][1], t[r][2], t[r][3], t[r][4], t[r][5]);
        for (int c = 0; c < 6; c++)
            _mm512_storeu_ps(v + (r * 6 + c) * step, out[c]);
    }
}

/* The gradients of 4x4 results from (top, left) on, transformed: A g A^T. */
EH_TARGET_512 EH_INLINE void eh_wino_output_grad(eh_wino_plane p, int64_t top, int64_t left, float *v,
                                                 int64_t step)
{
    __m512 edge[16], t[6][4], out[6];
    bool inside = top + 4 <= p.h && left + 4 <= p.w;
    if (!inside)
        eh_wino_gather(edge, p, top, left, 4, 4);
    const float *d = inside ? p.data + (top * p.w + left) * 16 : (const float *)edge;
    const int64_t row = inside ? p.w * 16 : 4 * 16;
    for (int c = 0; c < 4; c++, d += 16) {
        eh_wino_out_grad(out, _mm512_loadu_ps(d), _mm512_loadu_ps(d + row), _mm512_loadu_ps(d + 2 * row),
                         _mm512_loadu_ps(d + 3 * row));
        for (int r = 0; r < 6; r++)
            t[r][c] = out[r];
    }
    for (int r = 0; r < 6; r++) {
        eh_wino_out_grad(out, t[r][0], t[r][1], t[r][2], t[r][3]);
        for (int c = 0; c < 6; c++)
            _mm512_storeu_ps(v + (r * 6 + c) * step, out[c]);
    }
}

/* Nine vectors g[tap * step], transformed: G g G^T into u[point * to]. `turned`: by half a turn, as the input gradient wants them. */
EH_TARGET_512 EH_INLINE void eh_wino_weights_of(const float *g, int64_t step, bool turned, float *u,
                                                int64_t to)
{
    __m512 t[6][3], out[6];
    const float *first = turned ? g + 8 * step : g;
    const int64_t by = turned ? -step : step;
    for (int c = 0; c < 3; c++) {
        eh_wino_kernel(out, _mm512_loadu_ps(first + c * by), _mm512_loadu_ps(first + (3 + c) * by),
                       _mm512_loadu_ps(first + (6 + c) * by));
        for (int r = 0; r < 6; r++)
            t[r][c] = out[r];
    }
    for (int r = 0; r < 6; r++) {
        eh_wino_kernel(out, t[r][0], t[r][1], t[r][2]);
        for (int c = 0; c < 6; c++)
            _mm512_storeu_ps(u + (r * 6 + c) * to, out[c]);
    }
}

/* 36 products m[point * step] to nine gradients of weights dw[tap * to]. */
EH_TARGET_512 EH_INLINE void eh_wino_weights_grad_of(const float *m, int64_t step, float *dw, int64_t to)
{
    __m512 t[3][6], out[3];
    for (int c = 0; c < 6; c++) {
        const float *d = m + c * step;
        eh_wino_kernel_grad(out, _mm512_loadu_ps(d), _mm512_loadu_ps(d + 6 * step),
                            _mm512_loadu_ps(d + 12 * step), _mm512_loadu_ps(d + 18 * step),
                            _mm512_loadu_ps(d + 24 * step), _mm512_loadu_ps(d + 30 * step));
        for (int r = 0; r < 3; r++)
            t[r][c] = out[r];
    }
    for (int r = 0; r < 3; r++) {
        eh_wino_kernel_grad(out, t[r][0], t[r][1], t[r][2], t[r][3], t[r][4], t[r][5]);
        for (int c = 0; c < 3; c++)
            _mm512_storeu_ps(dw + (r * 3 + c) * to, out[c]);
    }
}

/* 16 rows of 16 floats `step` apart, exchanged with their columns, into 16 rows of 16. */
EH_TARGET_512 EH_INLINE void eh_wino_transpose(const float *from, int64_t step, float *to)
{
    __m512 r[16], t[16];
    for (int i = 0; i < 16; i++)
        r[i] = _mm512_loadu_ps(from + i * step);
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 16; i += 4)
        for (int k = 0; k < 2; k++) {
            __m512d low = _mm512_castps_pd(t[i + k]), high = _mm512_castps_pd(t[i + k + 2]);
            r[i + 2 * k] = _mm512_castpd_ps(_mm512_unpacklo_pd(low, high));
            r[i + 2 * k + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low, high));
        }
    /* r[4 j + k] holds, in its four quarters q, rows 4 j .. 4 j + 3 of column 4 q + k. */
    for (int k = 0; k < 4; k++) {
        __m512 a = _mm512_shuffle_f32x4(r[k], r[4 + k], 0x88),
               b = _mm512_shuffle_f32x4(r[8 + k], r[12 + k], 0x88),
               c = _mm512_shuffle_f32x4(r[k], r[4 + k], 0xdd),
               d = _mm512_shuffle_f32x4(r[8 + k], r[12 + k], 0xdd);
        _mm512_storeu_ps(to + k * 16, _mm512_shuffle_f32x4(a, b, 0x88));
        _mm512_storeu_ps(to + (4 + k) * 16, _mm512_shuffle_f32x4(c, d, 0x88));
        _mm512_storeu_ps(to + (8 + k) * 16, _mm512_shuffle_f32x4(a, b, 0xdd));
        _mm512_storeu_ps(to + (12 + k) * 16, _mm512_shuffle_f32x4(c, d, 0xdd));
    }
}

#endif
#endif
