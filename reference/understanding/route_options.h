// The options of a TIA question: four routes, one of which leads from the first image to the second.
//
// Note [Options without an answer]
// Whoever reads only the options must not find the truth in them, and the modality of one image must not give
// it away. So a set of four routes is drawn first, and then which of the four is true, with equal chances, so
// that whatever the texts show they show of all four. Every route of a set is one that the data have (a route
// counts in both directions: the two images may be asked about in either order), so that knowing which routes
// exist does not help either.
//
// Two kinds of sets:
//   crossed   A->C, A->D, B->C, B->D. Either image's modality leaves two options.
//   reversed  A->B, B->A, A->C, C->A: closed under reversal. The other route shares the source or the target
//             with the truth, half and half.
// A set of four different routes that holds the truth and its reverse cannot have both properties. If all
// four are equally likely, the one who knows the modality of one image is right with probability (number of
// different modalities there) / 4, so a half needs two sources and two targets; the reverse makes both of
// them {A, B}, and between two modalities there are only two routes. A reversed set gives 3/4. So `crossed`
// is the default. It needs four pairs of modalities that cross (BraTS: all sequences), and where a region
// lacks them (CBCT, CT and MR: all pairs share CT) its sets are reversed.
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "reference/understanding/pair_index.h"

namespace synerbench::reference {

struct Route {
  Modality from = Modality::kCT, to = Modality::kCT;
  Route reverse() const { return {to, from}; }
  auto operator<=>(const Route&) const = default;
};

/// kAlone: the data have one pair of modalities, so the other route is one that no question is about: one who
/// knows that has the choice of two. kPair: two options, the route and its reverse.
enum class OptionForm { kCrossed, kReversed, kAlone, kPair };
std::string name_of(OptionForm form);  // "crossed" "reversed" "alone" "pair"

class RouteOptions {
 public:
  /// `options`: 2 or 4. `crossed`: such sets where a region has them, else only reversed ones.
  RouteOptions(const PairIndex& index, size_t options, bool crossed);

  struct Drawn {
    OptionForm form = OptionForm::kReversed;
    std::vector<Route> options;  // in the order shown
    size_t truth = 0;
    PairPlace place;
    bool source_first = true;  // the first image is the pair's source
  };
  /// A region by its patients, one of its sets, the true route, a patient, a slice.
  Drawn draw(const PairIndex& index, Random& random) const;

 private:
  struct Edge {  // two modalities that a task has pairs of
    Modality a, b;
    std::string region;
    std::vector<size_t> tasks;
    bool joins(Modality x, Modality y) const { return (a == x && b == y) || (a == y && b == x); }
    bool touches(const Edge& other) const;
  };
  struct Set {
    OptionForm form;
    std::vector<Route> routes;
    std::vector<size_t> edges;  // of each route
  };
  struct Region {
    double weight = 0;  // patients
    std::vector<Set> sets;
  };
  void add_edges(const PairIndex& index);
  const Edge* find(const std::string& region, Modality a, Modality b) const;
  std::vector<Set> crossed_sets(const std::string& region) const;
  std::vector<Set> reversed_sets(const std::string& region, const std::vector<Set>& besides) const;

  std::vector<Edge> edges_;
  std::vector<Region> regions_;
};

}  // namespace synerbench::reference
