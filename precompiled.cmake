# Headers of others that many files read, read once a family of targets. Ours never go in: a change of one would build
# everything anew. A file still includes what it uses; preset tidy builds without.
set(PERIGEE_PLAIN_HEADERS
    <algorithm> <array> <atomic> <chrono> <condition_variable> <cstdint> <cstdlib> <cstring> <deque> <functional> <map>
    <memory> <mutex> <optional> <set> <span> <string> <string_view> <thread> <utility> <vector>
    <absl/status/status.h> <absl/status/statusor.h> <absl/strings/numbers.h> <absl/strings/str_cat.h>
    <absl/strings/str_format.h> <absl/strings/str_join.h> <absl/strings/str_split.h> <absl/time/civil_time.h>
    <absl/time/time.h>)
# grpcpp.h, and what generated code reads besides.
set(PERIGEE_GRPC_HEADERS
    ${PERIGEE_PLAIN_HEADERS}
    <google/protobuf/duration.pb.h> <google/protobuf/field_mask.pb.h> <google/protobuf/message.h>
    <google/protobuf/timestamp.pb.h> <google/protobuf/util/time_util.h>
    <grpcpp/generic/async_generic_service.h> <grpcpp/grpcpp.h> <grpcpp/impl/codegen/proto_utils.h>
    <grpcpp/support/async_stream.h> <grpcpp/support/async_unary_call.h> <grpcpp/support/client_callback.h>
    <grpcpp/support/method_handler.h> <grpcpp/support/server_callback.h> <grpcpp/support/stub_options.h>)
set(PERIGEE_CLI_HEADERS ${PERIGEE_GRPC_HEADERS} <CLI/CLI.hpp>)
set(test_headers <filesystem> <fstream> <future> <iostream> <random> <gmock/gmock.h> <gtest/gtest.h>)
set(PERIGEE_TEST_HEADERS ${PERIGEE_PLAIN_HEADERS} ${test_headers})
set(PERIGEE_GRPC_TEST_HEADERS ${PERIGEE_GRPC_HEADERS} ${test_headers})

# perigee_precompiled(<target> <family>), the family being PLAIN, GRPC, CLI, TEST or GRPC_TEST.
function(perigee_precompiled target family)
  string(TOLOWER perigee_${family}_headers headers)
  if(NOT TARGET ${headers})
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${headers}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "")
    add_library(${headers} OBJECT ${source})
    target_precompile_headers(${headers} PRIVATE ${PERIGEE_${family}_HEADERS})
    if(family MATCHES TEST)
      target_link_libraries(${headers} PRIVATE GTest::gmock) # For its flags, which must be those of all that share.
    endif()
    # What is precompiled names files of its worktree, so ccache may not hand it to another. Of objects made with it
    # ccache compares the headers themselves, and this file in its stead.
    set_target_properties(${headers} PROPERTIES CXX_COMPILER_LAUNCHER "")
    file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${headers}.dir/cmake_pch.hxx.pch.sum CONTENT "")
  endif()
  target_precompile_headers(${target} REUSE_FROM ${headers})
endfunction()
