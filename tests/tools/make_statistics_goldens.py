#!/usr/bin/env python3
"""Writes tests/golden/statistics.json: what SciPy, NumPy and scikit-learn say about tails, tables and samples.

Needs Debian 13's python3-scipy (1.15) and python3-sklearn (1.4). From the root of the repository:

    python3 tests/tools/make_statistics_goldens.py tests/golden
"""
import json
import sys

import numpy as np
import scipy
import sklearn
from scipy import special, stats
from scipy.stats.contingency import association
from sklearn.metrics import mutual_info_score

rng = np.random.default_rng(4)


def bergsma(table):
    """Cramer's V without bias, from the definition in Bergsma 2013."""
    n = table.sum()
    x2 = stats.chi2_contingency(table, correction=False).statistic
    r, c = table.shape
    phi = max(0.0, x2 / n - (r - 1) * (c - 1) / (n - 1))
    rt, ct = r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)
    return float(np.sqrt(phi / (min(rt, ct) - 1)))


def information(table):
    """In bits, by scikit-learn, from the labels that the table counts."""
    rows, columns = np.indices(table.shape)
    counts = table.ravel()
    return float(mutual_info_score(np.repeat(rows.ravel(), counts), np.repeat(columns.ravel(), counts)) / np.log(2))


def bootstrap(table, repeats=4000):
    """95 % interval of Bergsma's V and of the information by multinomial draws, twice the bias removed."""
    n = table.sum()
    r, c = table.shape
    vs, infos = [], []
    for _ in range(repeats):
        drawn = rng.multinomial(n, table.ravel() / n).reshape(table.shape)
        drawn = drawn[drawn.sum(1) > 0][:, drawn.sum(0) > 0]
        a, b = drawn.shape
        if min(a, b) < 2:
            continue
        x2 = stats.chi2_contingency(drawn, correction=False).statistic
        phi = max(0.0, x2 / n - 2 * (a - 1) * (b - 1) / (n - 1))
        at, bt = a - (a - 1) ** 2 / (n - 1), b - (b - 1) ** 2 / (n - 1)
        vs.append(min(1.0, np.sqrt(phi / (min(at, bt) - 1))))
        infos.append(max(0.0, information(drawn) - 2 * (a - 1) * (b - 1) / (2 * n * np.log(2))))
    return [float(q) for q in np.quantile(vs, [0.025, 0.975])], [float(q) for q in np.quantile(infos, [0.025, 0.975])]


def tables():
    made = [np.array([[10, 20], [30, 5]]), np.array([[85, 1400], [4100, 4415]]), np.array([[3, 0, 2], [0, 4, 1]])]
    made.append(rng.multinomial(900, np.full(10, 0.1)).reshape(2, 5))
    made.append(rng.multinomial(5000, rng.dirichlet(np.ones(24))).reshape(4, 6))
    made.append(np.array([[50, 0, 0], [0, 60, 0], [0, 0, 70]]))
    for table in made:
        test = stats.chi2_contingency(table, correction=False)
        v_interval, i_interval = bootstrap(table)
        yield {"table": table.tolist(), "chi_square": float(test.statistic), "df": int(test.dof), "p": float(test.pvalue),
               "smallest_expected": float(test.expected_freq.min()), "cramers_v": float(association(table, method="cramer")),
               "corrected_v": bergsma(table), "information": information(table), "v_interval": v_interval,
               "information_interval": i_interval}


def samples():
    made = [(rng.normal(size=12), rng.normal(size=30)), (rng.normal(size=50), rng.normal(0.8, 1, size=40)),
            (rng.integers(0, 9, 60).astype(float), rng.integers(1, 9, 45).astype(float)), (np.arange(5.0), np.arange(5.0) + 100),
            (np.zeros(4), np.zeros(7)), (rng.random(300), rng.random(500) ** 1.2)]
    for a, b in made:
        a, b = np.float32(a).astype(float), np.float32(b).astype(float)
        exact = stats.ks_2samp(a, b, method="exact")
        en = len(a) * len(b) / (len(a) + len(b))
        yield {"a": a.tolist(), "b": b.tolist(), "distance": float(exact.statistic), "p": float(exact.pvalue),
               "limit": float(special.kolmogorov(np.sqrt(en) * exact.statistic))}


def adjusted(p):
    """Holm's correction, from its definition."""
    order = np.argsort(p)
    out = np.empty(len(p))
    highest = 0.0
    for i, at in enumerate(order):
        highest = max(highest, min(1.0, (len(p) - i) * p[at]))
        out[at] = highest
    return out.tolist()


p_values = [0.01, 0.04, 0.03, 0.005, 0.2, 1.0]
golden = {
    "from": {"scipy": scipy.__version__, "numpy": np.__version__, "sklearn": sklearn.__version__},
    "chi_square_tail": [[x, df, float(stats.chi2.sf(x, df))] for df in (1, 2, 5, 30, 1000) for x in (0, 0.001, 0.5, 3.84, 29.3, 200, 1500)],
    "kolmogorov_tail": [[x, float(special.kolmogorov(x))] for x in (0.05, 0.2, 0.5, 0.9, 0.999, 1.0, 1.0001, 1.36, 2, 3, 6)],
    "normal_tail": [[z, float(stats.norm.sf(z))] for z in (-3, 0, 0.5, 1.96, 6, 20)],
    "holm": {"p": p_values, "corrected": adjusted(np.array(p_values))},
    "tables": list(tables()),
    "samples": list(samples()),
}
with open(f"{sys.argv[1]}/statistics.json", "w", encoding="ascii") as file:
    json.dump(golden, file, indent=1)
    file.write("\n")
