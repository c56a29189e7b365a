"""Readers of the real data sets, each in its published layout, for those who have them.

All give the frames a recording gives: depth in mm, camera, joints in our order with NaN where the set has none.
"""

from thenar.data.datasets.registry import DATASETS, DataSet, OpenDataSet, open_dataset

__all__ = ["DATASETS", "DataSet", "OpenDataSet", "open_dataset"]
