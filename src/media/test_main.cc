#include <gtest/gtest.h>

#include "media/worker.h"

// For every test program that makes a DecoderPool: the pool starts the program itself again.
int main(int argc, char** argv) {
  jikimi::media::WorkerMainIfAsked(argc, argv);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
