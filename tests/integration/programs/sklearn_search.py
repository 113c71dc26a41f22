"""scikit-learn on two workers, one case by name."""

import sys
import warnings

import numpy as np
from joblib import parallel_config

BACKEND = sys.argv[2] if len(sys.argv) > 2 else "loky"


def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 6))
    return X, (X[:, 0] + rng.normal(size=300) * 0.1 > 0).astype(int)


def search():
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    X, y = data()
    found = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0, 10.0]}, cv=3, n_jobs=2).fit(X, y)
    print(len(found.cv_results_["params"]), found.best_params_["C"] > 0)


def forest():
    from sklearn.ensemble import RandomForestClassifier

    X, y = data()
    forest = RandomForestClassifier(20, n_jobs=2, random_state=0).fit(X, y)
    print(forest.predict(X).sum() > 0)


def failing():
    from sklearn.model_selection import cross_val_score
    from sklearn.svm import SVC

    X, y = data()
    print(cross_val_score(SVC(C=-1.0), X, y, cv=4, n_jobs=2, error_score=np.nan))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with parallel_config(backend=BACKEND):
        globals()[sys.argv[1]]()
